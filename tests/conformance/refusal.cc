#define BOOST_TEST_DYN_LINK
#include "tests/conformance/refusal.hh"

#include "tests/conformance/provider.hh"
#include "tests/conformance/words.hh"

#include <boost/test/unit_test.hpp>

#include <array>
#include <utility>

namespace conformance {
namespace {

std::string filled_in(std::string text, const Provider::Standing& standing) {
    const std::array<std::pair<std::string, std::string>, 6> names{
        {{"{compute}", standing.compute},
         {"{network}", standing.network},
         {"{image}", standing.image},
         {"{storagelink}", standing.storagelink},
         {"{networkinterface}", standing.networkinterface},
         {"{nobody}", nobody}}};
    for (const auto& [name, path] : names)
        for (auto at = text.find(name); at != text.npos; at = text.find(name, at + path.size()))
            text.replace(at, name.size(), path);
    return text;
}

} // namespace

Clause refused(std::string number, Level level, std::string sentence, int status, Request request,
               std::string word) {
    const auto check = [status, request, word](Provider& provider) {
        const auto& standing = provider.standing();
        const auto counts = provider.counts();
        const auto model = provider.get("/-/").body;
        const auto compute = provider.get(standing.compute).body;
        const auto body = filled_in(request.body, standing);
        const auto answer = provider.send(request.method, filled_in(request.target, standing), body);
        BOOST_TEST_INFO(answer.body.substr(0, 500));
        BOOST_TEST(answer.status == status);
        BOOST_TEST_INFO(answer.body.substr(0, 500));
        BOOST_TEST(answer.body.find(word) != std::string::npos);
        BOOST_TEST(!answer.body.empty());
        BOOST_TEST(answer.header("Content-Type") == "text/plain;charset=utf-8");
        BOOST_TEST(answer.header("Server").find("OCCI/1.2") != std::string::npos);
        BOOST_TEST(provider.counts() == counts, boost::test_tools::per_element());
        BOOST_TEST(provider.get("/-/").body == model);
        BOOST_TEST(provider.get(standing.compute).body == compute);
    };
    return {std::move(number), level, std::move(sentence), Check(check)};
}

} // namespace conformance
