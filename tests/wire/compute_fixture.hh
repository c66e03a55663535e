#pragma once
// Computes by OpenNebula's XML over the fake driver: for the tests of them.

#include "tests/wire/fixture.hh"

#include <string>

namespace wire {

struct ComputeFixture : Fixture {
    support::Answer make(const std::string& inside) {
        return client.post("/compute", "<COMPUTE>" + inside + "</COMPUTE>");
    }
    // No machine and no volume, but those of images.
    bool is_empty() { return agent.host().compute().list().empty() && agent.host().storage().list().empty(); }
};

} // namespace wire
