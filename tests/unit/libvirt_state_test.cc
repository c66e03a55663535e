#define VIR_ENUM_SENTINELS
#define BOOST_TEST_DYN_LINK
#include "drivers/libvirt/state.hh"

#include <array>
#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <libvirt/libvirt.h>
#include <ostream>
#include <string>

namespace bdata = boost::unit_test::data;
using hv::MachineState;
using hv::libvirt::is_known;
using hv::libvirt::meaning_of;

namespace hv {
static std::ostream& operator<<(std::ostream& out, MachineState state) {
    return out << static_cast<int>(state);
}
} // namespace hv

namespace {

struct Reasons {
    int state;
    int count; // the first of each is "unknown"
};

std::ostream& operator<<(std::ostream& out, const Reasons& r) { return out << "state " << r.state; }

constexpr std::array known{
    Reasons{VIR_DOMAIN_NOSTATE, VIR_DOMAIN_NOSTATE_LAST},
    Reasons{VIR_DOMAIN_RUNNING, VIR_DOMAIN_RUNNING_LAST},
    Reasons{VIR_DOMAIN_BLOCKED, VIR_DOMAIN_BLOCKED_LAST},
    Reasons{VIR_DOMAIN_PAUSED, VIR_DOMAIN_PAUSED_LAST},
    Reasons{VIR_DOMAIN_SHUTDOWN, VIR_DOMAIN_SHUTDOWN_LAST},
    Reasons{VIR_DOMAIN_SHUTOFF, VIR_DOMAIN_SHUTOFF_LAST},
    Reasons{VIR_DOMAIN_CRASHED, VIR_DOMAIN_CRASHED_LAST},
    Reasons{VIR_DOMAIN_PMSUSPENDED, VIR_DOMAIN_PMSUSPENDED_LAST},
};

struct Example {
    int state;
    int reason;
    bool saved;
    MachineState meant;
    std::string phrase;
};

std::ostream& operator<<(std::ostream& out, const Example& e) { return out << e.state << "/" << e.reason; }

const std::array examples{
    Example{VIR_DOMAIN_RUNNING, VIR_DOMAIN_RUNNING_BOOTED, false, MachineState::running, "booted"},
    Example{VIR_DOMAIN_RUNNING, VIR_DOMAIN_RUNNING_UNKNOWN, false, MachineState::running, ""},
    Example{VIR_DOMAIN_PAUSED, VIR_DOMAIN_PAUSED_USER, false, MachineState::paused, "paused on request"},
    Example{VIR_DOMAIN_PAUSED, VIR_DOMAIN_PAUSED_SHUTTING_DOWN, false, MachineState::running,
            "is shutting down"},
    Example{VIR_DOMAIN_PAUSED, VIR_DOMAIN_PAUSED_CRASHED, false, MachineState::crashed, "the guest crashed"},
    Example{VIR_DOMAIN_SHUTDOWN, VIR_DOMAIN_SHUTDOWN_USER, false, MachineState::running, "is shutting down"},
    Example{VIR_DOMAIN_SHUTOFF, VIR_DOMAIN_SHUTOFF_SHUTDOWN, false, MachineState::off,
            "shut down by the guest"},
    Example{VIR_DOMAIN_SHUTOFF, VIR_DOMAIN_SHUTOFF_DESTROYED, false, MachineState::off, "destroyed"},
    Example{VIR_DOMAIN_SHUTOFF, VIR_DOMAIN_SHUTOFF_CRASHED, false, MachineState::crashed, "crashed"},
    Example{VIR_DOMAIN_SHUTOFF, VIR_DOMAIN_SHUTOFF_SAVED, true, MachineState::saved, "saved"},
    Example{VIR_DOMAIN_SHUTOFF, VIR_DOMAIN_SHUTOFF_UNKNOWN, true, MachineState::saved, "saved"},
    Example{VIR_DOMAIN_SHUTOFF, VIR_DOMAIN_SHUTOFF_SAVED, false, MachineState::off,
            "saved, and not to be restored"},
    Example{VIR_DOMAIN_PMSUSPENDED, VIR_DOMAIN_PMSUSPENDED_UNKNOWN, false, MachineState::paused,
            "suspended by the guest"},
    Example{VIR_DOMAIN_SHUTOFF, 999, false, MachineState::off, ""},
    Example{VIR_DOMAIN_LAST, 0, false, MachineState::unknown, ""},
};

} // namespace

BOOST_AUTO_TEST_SUITE(libvirt_state)

BOOST_DATA_TEST_CASE(means_what_libvirt_means, bdata::make(examples), example) {
    const auto meaning = meaning_of(example.state, example.reason, example.saved);
    BOOST_TEST(meaning.state == example.meant);
    BOOST_TEST(meaning.reason == example.phrase);
}

BOOST_AUTO_TEST_CASE(lists_every_state_that_libvirt_has) {
    BOOST_TEST(known.size() == std::size_t{VIR_DOMAIN_LAST});
}

BOOST_DATA_TEST_CASE(knows_every_state_with_every_reason, bdata::make(known), reasons) {
    for (int reason = 0; reason < reasons.count; ++reason) {
        const auto meaning = meaning_of(reasons.state, reason, false);
        BOOST_TEST_CONTEXT("reason " << reason) {
            BOOST_TEST(is_known(reasons.state, reason));
            BOOST_TEST((meaning.state == MachineState::unknown) == (reasons.state == VIR_DOMAIN_NOSTATE));
            if (reason != 0) BOOST_TEST(!meaning.reason.empty());
        }
    }
    BOOST_TEST(!is_known(reasons.state, reasons.count));
}

BOOST_AUTO_TEST_SUITE_END()
