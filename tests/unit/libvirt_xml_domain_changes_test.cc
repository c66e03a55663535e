#define BOOST_TEST_DYN_LINK
#include "agent/base/error.hh"
#include "tests/unit/domain_example.hh"

#include <boost/test/unit_test.hpp>

#include <string>

using namespace domain_example;

BOOST_AUTO_TEST_SUITE(libvirt_xml_domain_changes)

BOOST_AUTO_TEST_CASE(gets_another_note_and_title_and_stays_what_it_is) {
    auto document = with_xml_of_libvirt(to_domain_xml(id, completed(example_spec()), example_frame()));
    const std::string metadata = "<metadata>",
                      other = "<other:note xmlns:other=\"urn:other\" a=\"1\">its text</other:note>";
    document.insert(document.find(metadata) + metadata.size(), other);
    auto spec = completed(example_spec());
    spec.title = "one <\n> two";
    const auto fresh = with_note(document, spec, {id, some_agent});
    auto expected = from_domain_xml(document, some_agent, network_of);
    expected.spec.title = spec.title;
    BOOST_TEST((from_domain_xml(fresh, some_agent, network_of).spec == expected.spec));
    BOOST_TEST((spec_in_note(fresh) == spec));
    BOOST_TEST(fresh.find("<title>one &lt; &gt; two</title>") != std::string::npos);
    BOOST_TEST(fresh.find(other) != std::string::npos);
    // Nothing else is lost or added: back again, it is the same but for white space between elements.
    const auto back = with_note(fresh, spec_in_note(document), {id, some_agent});
    BOOST_TEST(with_note(back, spec, {id, some_agent}) == fresh);
    BOOST_TEST(fresh.find("<currentMemory unit=\"KiB\">1</currentMemory>") != std::string::npos);
    BOOST_CHECK_THROW(with_note("<network/>", spec, {id, some_agent}), Error);
}

BOOST_AUTO_TEST_CASE(is_revised_in_place_and_keeps_what_others_wrote) {
    auto frame = example_frame();
    frame.most_cores = 4;
    auto document = to_domain_xml(id, completed(example_spec()), frame);
    const auto put = [&](std::string_view before, const std::string& more) {
        document.insert(document.find(before), more);
    };
    put("<os>", "<cputune><shares>5</shares><emulatorpin cpuset=\"1\"/></cputune>");
    put("<disk type", "<emulator>/usr/bin/qemu-system-x86_64</emulator>");
    put("<vcpu", "<currentMemory unit=\"KiB\">1</currentMemory>");
    auto spec = completed(example_spec());
    spec.title = "new";
    spec.cores = 3;
    spec.memory = 1 << 30;
    spec.shares = 77;

    const auto same_arch = xml::parse(revised(document, spec, frame));
    BOOST_TEST((from_domain_xml(revised(document, spec, frame), some_agent, network_of).spec.cores == 3U));
    BOOST_TEST(same_arch.child_text("title") == "new");
    BOOST_TEST(same_arch.child_text("memory") == "1048576");
    BOOST_TEST(!same_arch.child("currentMemory"));
    BOOST_TEST(same_arch.all("cputune").size() == 1U);
    BOOST_TEST(same_arch.find("cputune/shares")->text == "77");
    BOOST_TEST(value(same_arch, "cputune/emulatorpin", "cpuset") == "1");
    BOOST_TEST(value(same_arch, "cpu", "mode") == "maximum");
    BOOST_TEST(same_arch.find("devices/emulator"));
    BOOST_TEST((spec_in_note(revised(document, spec, frame)) == spec));
    BOOST_TEST(same_arch.child("devices")->children.size() ==
               xml::parse(document).child("devices")->children.size());

    spec.arch = "i686";
    const auto other_arch = xml::parse(revised(document, spec, frame));
    BOOST_TEST(value(other_arch, "os/type", "arch") == "i686");
    BOOST_TEST(other_arch.child("os")->all("type").size() == 1U);
    BOOST_TEST(!other_arch.child("cpu"));
    BOOST_TEST(!other_arch.find("devices/emulator")); // libvirt finds the one that fits
    BOOST_CHECK_THROW(revised("<network/>", spec, frame), Error);
}

BOOST_AUTO_TEST_CASE(changes_the_cables_on_one_network_and_only_where_they_are_otherwise) {
    auto spec = example_spec();
    spec.nics.push_back({"other", "52:54:00:00:00:02", std::nullopt, ""});
    auto frame = example_frame();
    frame.network_names["other"] = "another";
    const auto document = to_domain_xml(id, completed(spec), frame);
    BOOST_TEST(interfaces_to_change(document, "occi-net", true).empty());
    BOOST_TEST(interfaces_to_change(document, "nobodys", false).empty());

    const auto out = interfaces_to_change(document, "occi-net", false);
    BOOST_REQUIRE_EQUAL(out.size(), 1U);
    const auto interface = xml::parse(out.front());
    BOOST_TEST(interface.name == "interface");
    BOOST_TEST(value(interface, "mac", "address") == "52:54:00:00:00:01");
    BOOST_TEST(value(interface, "source", "network") == "occi-net");
    BOOST_TEST(value(interface, "link", "state") == "down");

    const auto unplugged = "<domain><devices>" + out.front() + "</devices></domain>";
    BOOST_TEST(interfaces_to_change(unplugged, "occi-net", false).empty());
    const auto back = interfaces_to_change(unplugged, "occi-net", true);
    BOOST_REQUIRE_EQUAL(back.size(), 1U);
    BOOST_TEST(xml::parse(back.front()).all("link").size() == 1U);
    BOOST_TEST(value(xml::parse(back.front()), "link", "state") == "up");
}

BOOST_AUTO_TEST_SUITE_END()
