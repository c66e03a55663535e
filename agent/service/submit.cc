#include "agent/service/submit.hh"

#include <functional>
#include <utility>

namespace service {
namespace {

std::function<void()> check_for(Verb verb, const Terms& terms) {
    if (!terms.check || verb == Verb::create) return {};
    if (verb == Verb::change) return terms.check;
    return [] {};
}

} // namespace

state::Operation submit(Context& context, KindOfOperation kind, const Uuid& target, const Terms& terms,
                        std::string plan) {
    const auto& row = row_of(kind);
    return context.operations.submit({std::string(row.name), std::string(name_of(row.subject)), target,
                                      terms.who.name, std::move(plan), terms.key},
                                     check_for(row.verb, terms));
}

} // namespace service
