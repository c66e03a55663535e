#define BOOST_TEST_DYN_LINK
#include "agent/base/error.hh"
#include "drivers/libvirt/xml_holding.hh"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <string>

using namespace hv::libvirt;

namespace {

const Uuid one = "a0000000-0000-4000-8000-000000000001";

} // namespace

BOOST_AUTO_TEST_SUITE(libvirt_xml_holding)

BOOST_AUTO_TEST_CASE(a_domain_holds_whatever_names_a_file) {
    hv::Holding holding;
    const Lookup lookup{[](const std::string&) { return ""; }, [](const std::string&) { return Uuid(); }};
    add_holding(
        holding,
        "<domain xmlns:qemu='http://libvirt.org/x'><title>/a/title</title><description>/b</description>"
        "<metadata><x>/c</x></metadata><os><loader>/fw</loader></os><devices>"
        "<emulator>/usr/bin/qemu</emulator>"
        "<memory model='nvdimm'><source><path> /nv </path></source></memory>"
        "<serial type='file'><source path='/ser'/></serial><disk type='volume'><driver type='raw'/>"
        "<source pool='gone' volume='v'/><target dev='vda'/></disk></devices>"
        "<qemu:commandline><qemu:arg value='file=/q'/></qemu:commandline></domain>",
        lookup);
    std::string all;
    for (const auto& medium : holding.media)
        for (const auto& file : medium.files) all += medium.target + "=" + file + " ";
    BOOST_TEST(all == "loader=raw:/fw path=raw:/nv source=raw:/ser qemu:arg=text:file=/q vda=text:v ");
}

BOOST_AUTO_TEST_CASE(a_domain_holds_what_all_of_its_disks_and_nics_name) {
    hv::Holding holding;
    const Lookup lookup{[](const std::string& pool) { return pool == "p" ? "/pool" : ""; },
                        [](const std::string& name) { return name == "n" ? one : Uuid(); }};
    const std::string document =
        "<domain><os><nvram>/vars</nvram></os><devices>"
        "<disk type='file' device='disk'><driver type='qcow2'/><source file='/top'/><backingStore "
        "type='file'><format "
        "type='qcow2'/>"
        "<source file='/mid'/><backingStore type='volume'><source pool='p' volume='v'/><backingStore/>"
        "</backingStore></backingStore><mirror type='file'><source file='/copy'/></mirror>"
        "<target dev='vda'/></disk>"
        "<disk type='block' device='lun'><source dev='/dev/x'/><target dev='sda'/></disk>"
        "<disk type='file' device='cdrom'><source file='/iso'/><target dev='hda'/></disk>"
        "<disk type='file' device='cdrom'><target dev='hdb'/></disk>"
        "<disk type='network' device='disk'><source protocol='nbd' name='x'/><target dev='vdz'/></disk>"
        "<interface type='network'><source network='n' bridge='virbr3'/></interface>"
        "<interface type='bridge'><source bridge='br0'/></interface></devices></domain>";
    add_holding(holding, document, lookup);
    add_holding(holding, document, lookup);
    std::string all;
    for (const auto& medium : holding.media) {
        all += medium.target + ":";
        for (const auto& file : medium.files) all += file + " ";
    }
    BOOST_TEST(all.find("vda:/top /mid raw:/pool/v ") != std::string::npos, all);
    BOOST_TEST(all.find("vda:raw:/copy ") != std::string::npos, all); // written to, as a disk is
    BOOST_TEST(all.find("sda:raw:/dev/x ") != std::string::npos, all);
    BOOST_TEST(all.find("hda:raw:/iso ") != std::string::npos, all);
    BOOST_TEST(all.find("nvram:raw:/vars ") != std::string::npos, all);
    BOOST_TEST(std::ranges::count(holding.media, std::string("vda"), &hv::Holding::Medium::target) == 2);
    BOOST_TEST(holding.networks.contains(one));
    BOOST_TEST(holding.bridges.contains("virbr3"));
    BOOST_TEST(holding.bridges.contains("br0"));
    BOOST_CHECK_THROW(add_holding(holding, "no XML", lookup), Error);
}

BOOST_AUTO_TEST_SUITE_END()
