#define BOOST_TEST_DYN_LINK
#include "tests/wire/fixture.hh"

#include <boost/test/unit_test.hpp>

namespace wire {

bool Fixture::all_has_ended() {
    return support::eventually([&] { return agent.operations().under_way() == 0; });
}

bool Fixture::is_free(const std::string& id) {
    return support::eventually([&] { return !agent.operations().holder(id); });
}

state::Operation Fixture::end_of(const std::string& operation) {
    BOOST_REQUIRE(agent.operations().wait(operation, std::chrono::seconds(20)));
    return agent.operations().find(operation).value();
}

hv::MachineSpec Fixture::spec_of(const std::string& compute) {
    return agent.host().compute().find(compute).value().spec;
}

bool Fixture::has_volume(const std::string& id) { return agent.host().storage().find(id).has_value(); }

} // namespace wire
