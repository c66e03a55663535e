#include "agent/service/compute/core_limit.hh"

#include "agent/base/error.hh"
#include "agent/occi/names.hh"

namespace service {
namespace {

constexpr unsigned always_possible = 16; // for these nobody needs to be asked

} // namespace

void refuse_too_many_cores(Context& context, const hv::MachineSpec& spec) {
    if (spec.cores <= always_possible) return;
    const auto most = context.host.compute().most_cores(spec.arch);
    if (spec.cores > most)
        throw Error(Fault::invalid, std::string(occi::name::cores) + " (CPU) is " +
                                        std::to_string(spec.cores) + ", and a compute has at most " +
                                        std::to_string(most) + " on this host");
}

} // namespace service
