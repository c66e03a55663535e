#define BOOST_TEST_DYN_LINK
#include "agent/base/text.hh"
#include "drivers/libvirt/error.hh"

#include <array>
#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <cerrno>
#include <ostream>

namespace bdata = boost::unit_test::data;
using namespace hv::libvirt;

static std::ostream& operator<<(std::ostream& out, Fault fault) { return out << static_cast<int>(fault); }

namespace {

struct Example {
    int code;
    int domain;
    int error_number;
    std::string message;
    Fault meant;
};

std::ostream& operator<<(std::ostream& out, const Example& e) { return out << e.code << " " << e.message; }

virError as_error(int code, int domain, int error_number, std::string& message) {
    virError error{};
    error.code = code;
    error.domain = domain;
    error.int1 = error_number;
    error.message = message.data();
    return error;
}

const std::array examples{
    Example{VIR_ERR_NO_DOMAIN, VIR_FROM_QEMU, 0, "Domain not found", Fault::not_found},
    Example{VIR_ERR_INTERNAL_ERROR, VIR_FROM_QEMU, 0, "Unable to read from monitor: Connection reset by peer",
            Fault::unavailable},
    Example{VIR_ERR_INTERNAL_ERROR, VIR_FROM_QEMU, 0,
            "internal error: process exited while connecting to monitor", Fault::unavailable},
    Example{VIR_ERR_INTERNAL_ERROR, VIR_FROM_QEMU, 0,
            "internal error: process exited while connecting to monitor: qemu: cannot set up guest memory",
            Fault::internal},
    Example{VIR_ERR_NO_NETWORK, VIR_FROM_NETWORK, 0, "Network not found", Fault::not_found},
    Example{VIR_ERR_SYSTEM_ERROR, VIR_FROM_NONE, EEXIST, "error creating bridge interface b: File exists",
            Fault::conflict},
    Example{VIR_ERR_SYSTEM_ERROR, VIR_FROM_RPC, EEXIST, "the wire is broken", Fault::unavailable},
    Example{VIR_ERR_NO_STORAGE_VOL, VIR_FROM_STORAGE, 0, "Storage volume not found", Fault::not_found},
    Example{VIR_ERR_OPERATION_INVALID, VIR_FROM_QEMU, 0, "domain is not running", Fault::conflict},
    Example{VIR_ERR_HOOK_SCRIPT_FAILED, VIR_FROM_NETWORK, 0, "Hook script execution failed", Fault::conflict},
    Example{VIR_ERR_INTERNAL_ERROR, VIR_FROM_DOMAIN, 0, "internal error: No more available PCI slots",
            Fault::conflict},
    Example{
        VIR_ERR_INTERNAL_ERROR, VIR_FROM_QEMU, 0,
        "unable to execute QEMU command 'blockdev-add': Duplicate nodes with node-name='libvirt-3-storage'",
        Fault::busy},
    Example{VIR_ERR_OPERATION_FAILED, VIR_FROM_NONE, 0, "domain 'a' already exists with uuid b",
            Fault::conflict},
    Example{VIR_ERR_OPERATION_FAILED, VIR_FROM_QEMU, 0, "operation failed: no reason", Fault::internal},
    Example{VIR_ERR_OPERATION_FAILED, VIR_FROM_QEMU, 0, "operation failed: domain is no longer running",
            Fault::unavailable},
    Example{VIR_ERR_NO_SUPPORT, VIR_FROM_NONE, 0, "not supported by the connection driver",
            Fault::unsupported},
    Example{VIR_ERR_CONFIG_UNSUPPORTED, VIR_FROM_QEMU, 0, "No emulator found", Fault::unsupported},
    Example{VIR_ERR_NO_CONNECT, VIR_FROM_RPC, 0, "no connection driver", Fault::unavailable},
    Example{VIR_ERR_INTERNAL_ERROR, VIR_FROM_RPC, 0, "client socket is closed", Fault::unavailable},
    Example{VIR_ERR_SYSTEM_ERROR, VIR_FROM_RPC, ECONNREFUSED, "Failed to connect socket", Fault::unavailable},
    Example{VIR_ERR_INTERNAL_ERROR, VIR_FROM_QEMU, 0, "something", Fault::internal},
    Example{VIR_ERR_OPERATION_TIMEOUT, VIR_FROM_QEMU, 0, "cannot acquire state change lock", Fault::busy},
    Example{VIR_ERR_SYSTEM_ERROR, VIR_FROM_STORAGE, ENOSPC, "kein Platz mehr", Fault::unavailable},
    Example{VIR_ERR_SYSTEM_ERROR, VIR_FROM_STORAGE, EIO, "Input/output error", Fault::internal},
    Example{VIR_ERR_INTERNAL_ERROR, VIR_FROM_QEMU, 0, "qemu: 'pc.ram': Cannot allocate memory",
            Fault::unavailable},
};

} // namespace

BOOST_AUTO_TEST_SUITE(libvirt_error)

BOOST_DATA_TEST_CASE(has_the_fault_that_fits, bdata::make(examples), example) {
    std::string message = example.message;
    BOOST_TEST(fault_of(as_error(example.code, example.domain, example.error_number, message)) ==
               example.meant);
}

BOOST_AUTO_TEST_CASE(has_a_fault_without_a_message) {
    virError error{};
    error.code = VIR_ERR_OPERATION_FAILED;
    BOOST_TEST(fault_of(error) == Fault::internal);
    BOOST_TEST(sentence_of(error) == "libvirt gave no reason");
}

BOOST_AUTO_TEST_CASE(says_it_on_one_line) {
    std::string message = "process exited:\n  qemu: no\r\n\n";
    BOOST_TEST(sentence_of(as_error(VIR_ERR_INTERNAL_ERROR, 0, 0, message)) == "process exited: qemu: no");
}

BOOST_AUTO_TEST_CASE(tells_what_a_child_process_said_and_not_its_command_line) {
    std::string message =
        "internal error: Child process (/usr/bin/qemu-img create -f qcow2 -o a=b (c) /pool/x.qcow2 1024K) "
        "unexpected exit status 1: qemu-img: /pool/x.qcow2: No space left on device\n";
    const auto error = as_error(VIR_ERR_INTERNAL_ERROR, 0, 0, message);
    BOOST_TEST(sentence_of(error) == "qemu-img: /pool/x.qcow2: No space left on device");
    BOOST_TEST(fault_of(error) == Fault::unavailable);
    message = "Child process (of somebody's) is lost";
    BOOST_TEST(sentence_of(as_error(VIR_ERR_INTERNAL_ERROR, 0, 0, message)) == message);
}

BOOST_AUTO_TEST_CASE(leaves_out_when_qemu_said_it) {
    const auto said = [](std::string message) {
        return sentence_of(as_error(VIR_ERR_INTERNAL_ERROR, 0, 0, message));
    };
    BOOST_TEST(
        said("process exited while connecting to monitor: 2026-01-31T08:15:00.123456Z "
             "qemu-system-x86_64: -drive x: no\n2026-01-31T08:15:00.123457Z qemu-system-x86_64: end") ==
        "process exited while connecting to monitor: -drive x: no end");
    for (const std::string other : {"a qemu-system-x86_64: b", " qemu-system-", "x qemu-system-arm"})
        BOOST_TEST(said(other) == text::trim(other));
}

BOOST_AUTO_TEST_CASE(keeps_the_sentence_short) {
    std::string message(10'000, 'x');
    BOOST_TEST(sentence_of(as_error(VIR_ERR_INTERNAL_ERROR, 0, 0, message)).size() < 500U);
}

BOOST_AUTO_TEST_CASE(begins_with_what_was_being_done) {
    BOOST_REQUIRE(virInitialize() == 0);
    virResetLastError();
    const auto error = last_error("start compute 1");
    BOOST_TEST(error.what() == std::string("start compute 1: libvirt gave no reason"));
    BOOST_TEST(last_code() == int{VIR_ERR_OK});
}

BOOST_AUTO_TEST_SUITE_END()
