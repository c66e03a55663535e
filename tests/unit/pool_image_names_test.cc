#define BOOST_TEST_DYN_LINK
#include "agent/base/big_endian.hh"
#include "drivers/pool/image_names.hh"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <string>

using namespace hv::pool;

namespace {

std::string number(std::uint64_t value, std::size_t bytes, bool is_little = false) {
    auto text = to_big_endian(value, bytes);
    if (is_little) std::ranges::reverse(text);
    return text;
}

std::string extension(std::uint64_t kind, std::string text) {
    const auto length = text.size();
    text.resize((length + 7) / 8 * 8);
    return number(kind, 4) + number(length, 4) + text;
}

// Version 3; `claimed`: the length that the header says, when it is not that of the name.
std::string qcow2(const std::string& extensions, const std::string& backing, std::uint64_t claimed = 0) {
    std::string image("QFI\xfb");
    image += number(3, 4) + number(backing.empty() ? 0 : 104 + extensions.size(), 8) +
             number(claimed ? claimed : backing.size(), 4);
    image.resize(100);
    return image + number(104, 4) + extensions + backing;
}

std::string qed(std::uint64_t features, const std::string& backing) {
    std::string image("QED\0", 4);
    image.resize(16);
    image += number(features, 8, true);
    image.resize(56);
    return image + number(64, 4, true) + number(backing.size(), 4, true) + backing;
}

std::string told(const std::string& image) {
    const auto found = names_in_image([&](std::uint64_t at, std::size_t most) {
        return at < image.size() ? image.substr(static_cast<std::size_t>(at), most) : "";
    });
    std::string words;
    for (const auto& name : found.names)
        words += (name.is_data ? "data " : name.is_raw ? "raw " : "") + name.text + ";";
    return words + (found.unclear.empty() ? "" : "?");
}

bool has(const std::string& text, const std::string& path) {
    const auto all = paths_in(text);
    return std::ranges::find(all, path) != all.end();
}

const std::string end = number(0, 8);

} // namespace

BOOST_AUTO_TEST_SUITE(pool_image_names)

BOOST_AUTO_TEST_CASE(of_each_format_all_names_are_found) {
    BOOST_TEST(told(qcow2(end, "/base")) == "/base;");
    BOOST_TEST(told(qcow2(extension(0xe2792aca, "raw") + end, "/base")) == "raw /base;");
    BOOST_TEST(told(qcow2(extension(0x6803f857, "x") + extension(0x44415441, "/data") + end, "")) ==
               "data /data;");
    BOOST_TEST(told(qcow2(end, "")) == "");
    BOOST_TEST(told(qcow2(end, std::string("/base\0more", 10))) == "/base;");
    BOOST_TEST(told(qed(1, "/base")) == "/base;");
    BOOST_TEST(told(qed(5, "/base")) == "raw /base;");
    BOOST_TEST(told(qed(0, "/base")) == "");
    BOOST_TEST(told("# Disk DescriptorFile\nRW 1 FLAT \"x.img\" 0\n") == "data x.img;?");
}

BOOST_AUTO_TEST_CASE(what_is_not_understood_is_no_nothing) {
    BOOST_TEST(told("some other format") == "?");
    BOOST_TEST(told(qcow2(end, std::string(2000, 'x'))).ends_with("?"));
    BOOST_TEST(told(qcow2(extension(1, std::string(70'000, 'x')) + end, "/base")) == "/base;?");
    BOOST_TEST(told("QFI\xfb") == "");
    BOOST_TEST(told(qcow2(end, "/base", 0xffffffff)) == "/base;?" + std::string());
}

BOOST_AUTO_TEST_CASE(paths_are_found_in_the_words_of_qemu) {
    BOOST_TEST(has("/a", "/a"));
    BOOST_TEST(has("file:/a", "/a"));
    BOOST_TEST(has("file:a", "a"));
    BOOST_TEST(has(R"(json:{"file":{"filename":"\/a\u0020b"}})", "/a b"));
    BOOST_TEST(has("json:{'file.filename':'rel'}", "rel"));
    BOOST_TEST(has(R"(json:{"file":"json:{\"filename\":\"/in\"}"})", "/in"));
    BOOST_TEST(has("file=/a,format=raw", "/a"));
    BOOST_TEST(has("file=/a,,b,format=raw", "/a,b"));
    BOOST_TEST(has("file=/a=b:c,format=raw", "/a=b:c"));
    BOOST_TEST(has("blkdebug:/conf:/a", "/a"));
    BOOST_TEST(has("file=json:{\"filename\":\"/a\",,\"x\":1}", "/a"));
    BOOST_TEST(!has("http/a", "/a"));
    BOOST_TEST(paths_in(std::string(100'000, '/')).size() < 10U);
    std::string many;
    for (int i = 0; i < 20'000; ++i) many += ",/a";
    BOOST_TEST(paths_in(many).size() <= 4096U);
}

BOOST_AUTO_TEST_SUITE_END()
