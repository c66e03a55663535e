#pragma once
// qemu-img as a test's tool: makes images, and says what it thinks of ours. A failure ends the test with its words.

#include "agent/base/process.hh"

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <string>
#include <vector>

namespace support {

// What it said.
inline std::string qemu_img(const std::vector<std::string>& arguments) {
    const auto program = process::find("qemu-img");
    BOOST_TEST_REQUIRE(program.has_value(), "qemu-img is not installed");
    const auto run = [&] { return process::run(*program, arguments, std::chrono::seconds(60)); };
    auto result = run();
    // LUKS measures how fast its key is derived, and gives up when the clock of the processor did not tick meanwhile.
    for (int again = 0; again < 20 && result.output.find("accurate CPU usage") != std::string::npos; ++again)
        result = run();
    BOOST_TEST_REQUIRE(result.status == 0, result.output);
    return result.output;
}

} // namespace support
