#define BOOST_TEST_DYN_LINK
#include "drivers/libvirt/machine_type.hh"

#include "agent/base/error.hh"

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <climits>
#include <sstream>

namespace bdata = boost::unit_test::data;
using namespace hv::libvirt;

namespace {

// An empty text: no obstacle.
Evidence evidence(std::string cpu, std::string device, std::string libvirt) {
    const auto tell = [](std::string obstacle) {
        return [obstacle = std::move(obstacle)]() -> std::optional<std::string> {
            if (obstacle.empty()) return std::nullopt;
            return obstacle;
        };
    };
    return {tell(std::move(cpu)), tell(std::move(device)), tell(std::move(libvirt))};
}

struct Native {
    std::string guest, host;
    bool is_native;
};

std::ostream& operator<<(std::ostream& out, const Native& n) { return out << n.guest << " on " << n.host; }

const std::vector<Native> natives{{"x86_64", "x86_64", true},
                                  {"i686", "x86_64", true},
                                  {"x86_64", "i686", false},
                                  {"aarch64", "aarch64", true},
                                  {"aarch64", "x86_64", false}};

struct Processor {
    std::string cpuinfo, arch;
    bool can;
};

std::ostream& operator<<(std::ostream& out, const Processor& p) { return out << p.arch << " " << p.cpuinfo; }

const std::vector<Processor> processors{{"model\t: x\nflags\t\t: fpu vmx sse\n", "x86_64", true},
                                        {"flags\t\t: svm\n", "x86_64", true},
                                        {"flags\t\t: fpu vmxy sse\nbugs: vmx\n", "x86_64", false},
                                        {"", "i686", false},
                                        {"", "aarch64", true}};

} // namespace

BOOST_AUTO_TEST_SUITE(libvirt_machine_type)

BOOST_AUTO_TEST_CASE(is_kvm_when_nothing_is_against_it) {
    BOOST_TEST(choose_type("auto", evidence("", "", "")).name == "kvm");
}

BOOST_AUTO_TEST_CASE(is_qemu_for_the_first_obstacle_and_says_which) {
    BOOST_TEST(choose_type("auto", evidence("cpu", "device", "libvirt")).why == "cpu");
    BOOST_TEST(choose_type("auto", evidence("", "device", "libvirt")).why == "device");
    BOOST_TEST(choose_type("auto", evidence("", "", "libvirt")).why == "libvirt");
    BOOST_TEST(choose_type("auto", evidence("", "", "libvirt")).name == "qemu");
}

BOOST_AUTO_TEST_CASE(is_kvm_by_force_when_libvirt_can) {
    BOOST_TEST(choose_type("kvm", evidence("cpu", "device", "")).name == "kvm");
}

BOOST_AUTO_TEST_CASE(refuses_kvm_when_libvirt_cannot) {
    BOOST_CHECK_EXCEPTION(choose_type("kvm", evidence("", "", "libvirt offers none")), Error,
                          [](const Error& e) {
                              return e.fault() == Fault::invalid &&
                                     std::string(e.what()).find("libvirt offers none") != std::string::npos;
                          });
}

BOOST_AUTO_TEST_CASE(is_qemu_by_force_without_a_question) {
    BOOST_TEST(choose_type("qemu", {}).name == "qemu");
}

BOOST_AUTO_TEST_CASE(refuses_another_word) {
    BOOST_CHECK_EXCEPTION(choose_type("xen", {}), Error,
                          [](const Error& e) { return e.fault() == Fault::invalid; });
}

BOOST_DATA_TEST_CASE(reads_the_flags_of_x86_processors, bdata::make(processors), processor) {
    std::istringstream cpuinfo(processor.cpuinfo);
    BOOST_TEST(!cpu_obstacle(cpuinfo, processor.arch).has_value() == processor.can);
}

BOOST_AUTO_TEST_CASE(names_the_device_that_cannot_be_opened) {
    BOOST_TEST(device_obstacle("/nonexistent/kvm").value() ==
               "/nonexistent/kvm cannot be opened: No such file or directory");
    BOOST_TEST(!device_obstacle("/dev/null").has_value());
}

BOOST_DATA_TEST_CASE(knows_what_runs_natively, bdata::make(natives), native) {
    BOOST_TEST(runs_natively(native.guest, native.host) == native.is_native);
}

BOOST_AUTO_TEST_CASE(knows_how_many_cores_a_machine_may_have) {
    BOOST_TEST(most_cores_in("<domainCapabilities><domain>kvm</domain><arch>x86_64</arch><vcpu max='255'/>"
                             "</domainCapabilities>") == 255U);
    BOOST_TEST(most_cores_in("<domainCapabilities><vcpu/></domainCapabilities>") == UINT_MAX);
    BOOST_TEST(most_cores_in("<domainCapabilities/>") == UINT_MAX);
}

BOOST_AUTO_TEST_SUITE_END()
