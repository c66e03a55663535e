#include "agent/api/age.hh"

#include <algorithm>

namespace api {

std::chrono::seconds age_of(const service::Context& context, const Uuid& id) {
    const auto seen = context.inventory.now();
    auto last = seen->checked_at;
    if (const auto* machine = state::find(seen->machines, id)) last = std::max(last, machine->read_at);
    if (last == std::chrono::steady_clock::time_point{}) return std::chrono::seconds(0); // never
    const auto age = std::chrono::steady_clock::now() - last;
    return std::max(std::chrono::duration_cast<std::chrono::seconds>(age), std::chrono::seconds(0));
}

} // namespace api
