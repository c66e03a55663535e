#include "agent/service/compute/core_limit.hh"

#include "agent/base/error.hh"

namespace service {
namespace {

constexpr unsigned always_possible = 16; // for these nobody needs to be asked

} // namespace

void refuse_too_many_cores(Context& context, const hv::MachineSpec& spec) {
    if (spec.cores <= always_possible) return;
    const auto most = context.host.compute().most_cores(spec.arch);
    if (spec.cores > most)
        throw Error(Fault::invalid, "a compute has at most " + std::to_string(most) +
                                        " processors on this host, and not " + std::to_string(spec.cores));
}

} // namespace service
