#define BOOST_TEST_DYN_LINK
#include "agent/occi/fingerprint.hh"

#include <boost/test/unit_test.hpp>

#include <set>

namespace {

struct Fixture {
    occi::Model model;
    occi::Resource compute = [this] {
        occi::Resource made;
        made.id = "6695eb01-0000-4000-8000-000000000001";
        made.kind = model.known().compute;
        made.attributes["title"] = "web";
        made.attributes["cores"] = std::int64_t{2};
        made.attributes["memory"] = 1.0;
        return made;
    }();
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(fingerprint, Fixture)

BOOST_AUTO_TEST_CASE(is_32_digits_and_the_same_for_the_same) {
    const auto first = occi::fingerprint(compute);
    BOOST_TEST(first.size() == 32U);
    BOOST_TEST(first.find_first_not_of("0123456789abcdef") == std::string::npos);
    BOOST_TEST(occi::fingerprint(occi::Resource(compute)) == first);
}

BOOST_AUTO_TEST_CASE(differs_by_anything_that_differs) {
    std::set<std::string> seen{occi::fingerprint(compute)};
    const auto is_new = [&](auto&& change) {
        auto other = compute;
        change(other);
        return seen.insert(occi::fingerprint(other)).second;
    };
    const auto link = [&](const char* target) {
        occi::Link made;
        made.kind = model.known().storagelink;
        made.target = target;
        return made;
    };
    BOOST_TEST(is_new([](auto& it) { it.id.back() = '2'; }));
    BOOST_TEST(is_new([&](auto& it) { it.kind = model.known().network; }));
    BOOST_TEST(is_new([&](auto& it) { it.mixins.push_back(model.known().ipnetwork); }));
    BOOST_TEST(is_new([&](auto& it) { it.actions.push_back(model.known().start); }));
    BOOST_TEST(is_new([](auto& it) { it.attributes["title"] = "we"; }));
    BOOST_TEST(is_new([](auto& it) { it.attributes.erase("title"); }));
    BOOST_TEST(is_new([](auto& it) { it.attributes["empty"] = ""; }));
    BOOST_TEST(is_new([](auto& it) { it.attributes["cores"] = 2.0; })); // another type
    BOOST_TEST(is_new([](auto& it) { it.attributes["cores"] = "2"; }));
    BOOST_TEST(is_new([](auto& it) { it.attributes["memory"] = 1.0 + 0x1p-30; })); // one byte more
    BOOST_TEST(is_new([&](auto& it) { it.links.push_back(link("/storage/1")); }));
    BOOST_TEST(is_new([&](auto& it) { it.links.push_back(link("/storage/2")); }));
    BOOST_TEST(is_new([&](auto& it) { it.links = {link("/storage/1"), link("/storage/2")}; }));
    BOOST_TEST(is_new([&](auto& it) { it.links = {link("/storage/2"), link("/storage/1")}; }));
}

BOOST_AUTO_TEST_CASE(of_a_link_differs_by_its_ends) {
    occi::Link link;
    link.kind = model.known().storagelink;
    std::set<std::string> seen{occi::fingerprint(link)};
    link.source = "/compute/1";
    BOOST_TEST(seen.insert(occi::fingerprint(link)).second);
    link.target = "/storage/1";
    BOOST_TEST(seen.insert(occi::fingerprint(link)).second);
    BOOST_TEST(!seen.insert(occi::fingerprint(link)).second);
}

BOOST_AUTO_TEST_CASE(cannot_be_made_the_same_by_where_one_text_ends_and_the_next_begins) {
    auto one = compute, other = compute;
    one.attributes = {{"a", std::string("b1:c")}};
    other.attributes = {{"a", std::string("b")}, {"c", std::string()}};
    BOOST_TEST(occi::fingerprint(one) != occi::fingerprint(other));
    using Ids = std::vector<std::string>;
    BOOST_TEST(occi::fingerprint(Ids{"ab", "c"}) != occi::fingerprint(Ids{"a", "bc"}));
    BOOST_TEST(occi::fingerprint(Ids{}) != occi::fingerprint(Ids{""}));
}

BOOST_AUTO_TEST_SUITE_END()
