#include "agent/service/submit.hh"

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
                        const Plan& plan, std::function<void()> placed) {
    const auto& row = row_of(kind);
    return context.operations.submit({std::string(row.name), std::string(name_of(row.subject)), target,
                                      terms.who.name, to_text(plan), terms.key, std::move(placed),
                                      terms.who.group},
                                     check_for(row.verb, terms));
}

} // namespace service
