// What libFuzzer calls. One program has all targets: OCCI_AGENT_FUZZ names the one that is meant.
#include "tests/fuzz/target.hh"

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>

namespace {

const fuzz::Target* chosen = nullptr;

} // namespace

extern "C" int LLVMFuzzerInitialize(int*, char***) {
    const char* name = std::getenv("OCCI_AGENT_FUZZ");
    for (const auto& target : fuzz::targets())
        if (name && target.name == name) chosen = &target;
    if (chosen) return 0;
    std::fprintf(stderr, "OCCI_AGENT_FUZZ names none of:");
    for (const auto& target : fuzz::targets()) std::fprintf(stderr, " %s", target.name.data());
    std::fprintf(stderr, "\n");
    std::exit(64);
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    chosen->run({reinterpret_cast<const char*>(data), size});
    return 0;
}
