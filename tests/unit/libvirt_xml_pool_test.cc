#define BOOST_TEST_DYN_LINK
#include "drivers/libvirt/xml_pool.hh"

#include <boost/test/unit_test.hpp>

BOOST_AUTO_TEST_SUITE(libvirt_xml_pool)

BOOST_AUTO_TEST_CASE(the_directory_of_a_pool_is_read_back) {
    using namespace hv::libvirt;
    BOOST_TEST(directory_of_pool(pool_xml("occi", "/var/lib/a & b")).string() == "/var/lib/a & b");
    BOOST_TEST(directory_of_pool("<pool type='rbd'><name>occi</name></pool>").empty());
}

BOOST_AUTO_TEST_CASE(the_user_of_guests_is_read_from_the_capabilities) {
    const auto with = [](const std::string& label) {
        return hv::libvirt::user_of_guests("<capabilities><host><secmodel><model>apparmor</model></secmodel>"
                                           "<secmodel><model>dac</model><doi>0</doi><baselabel type='kvm'>" +
                                           label + "</baselabel></secmodel></host></capabilities>");
    };
    BOOST_TEST(with("+64055:+109").value() == 64055U);
    for (const auto* label : {"", "+0:+0", "libvirt-qemu:kvm", "+", "+x:+1"})
        BOOST_TEST(!with(label).has_value());
    BOOST_TEST(!hv::libvirt::user_of_guests("<capabilities/>").has_value());
}

BOOST_AUTO_TEST_SUITE_END()
