#include "agent/auth/bearer_claims.hh"

#include "agent/auth/bearer_json.hh"
#include "agent/base/error.hh"
#include "agent/base/pieces.hh"
#include "agent/base/text.hh"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace auth {
namespace {

using Json = nlohmann::json;
using Time = BearerClaims::Time;

// RFC 7519, 2: NumericDate, which may have a fraction. Of what is further away than the year 9999 nobody is sure.
std::optional<Time> time_in(const Json& members, const char* name) {
    const auto found = members.find(name);
    if (found == members.end()) return std::nullopt;
    constexpr double latest = 253'402'300'799.0;
    const auto seconds = found->is_number() ? found->get<double>() : -1.0;
    if (!(seconds >= 0 && seconds <= latest))
        throw Error(Fault::invalid, "\"" + std::string(name) + "\" is no time");
    return Time(std::chrono::seconds(static_cast<std::int64_t>(seconds)));
}

// RFC 7519, 4.1.3: one text, or a list of them.
std::vector<std::string> audience_in(const Json& members) {
    const auto found = members.find("aud");
    if (found == members.end()) return {};
    if (found->is_string()) return {found->get<std::string>()};
    if (!found->is_array() || !std::ranges::all_of(*found, [](const Json& each) { return each.is_string(); }))
        throw Error(Fault::invalid, "\"aud\" is neither text nor a list of texts");
    return found->get<std::vector<std::string>>();
}

} // namespace

BearerClaims::BearerClaims(std::string_view json)
    : members_(std::make_shared<const Json>(bearer_object(json))), issuer_(bearer_text(*members_, "iss")),
      audience_(audience_in(*members_)), expires_(time_in(*members_, "exp")),
      not_before_(time_in(*members_, "nbf")), issued_(time_in(*members_, "iat")) {}

bool BearerClaims::is_for_one_of(const std::vector<std::string>& audience) const {
    return std::ranges::any_of(
        audience_, [&](const auto& each) { return std::ranges::find(audience, each) != audience.end(); });
}

std::string BearerClaims::fault_of_times(const BearerOptions& options, Time now) const {
    if (expires_ && now >= *expires_ + options.leeway) return "it has expired";
    if (not_before_ && now + options.leeway < *not_before_) return "it does not hold yet (nbf)";
    if (issued_ && now + options.leeway < *issued_) return "it comes from the future (iat)";
    return {};
}

std::string BearerClaims::fault_of_jwt(const BearerOptions& options, Time now) const {
    if (options.issuer.empty() || issuer_ != options.issuer) return "it is of another issuer";
    if (!is_for_one_of(options.audience)) return "it is for another audience";
    if (!expires_) return "it does not say when it expires";
    return fault_of_times(options, now);
}

std::string BearerClaims::fault_of_introspection(const BearerOptions& options, Time now) const {
    const auto active = members_->find("active");
    if (active == members_->end() || *active != true) return "it is not active";
    if (!options.issuer.empty() && issuer_ && issuer_ != options.issuer) return "it is of another issuer";
    if (!options.audience.empty() && !is_for_one_of(options.audience)) return "it is for another audience";
    return fault_of_times(options, now);
}

// By its name, and else along its dots.
const Json* BearerClaims::claim(std::string_view name) const {
    if (const auto whole = members_->find(std::string(name)); whole != members_->end()) return &*whole;
    const Json* at = members_.get();
    for (const auto piece : text::pieces(name, '.')) {
        if (!at->is_object()) return nullptr;
        const auto inner = at->find(std::string(piece));
        if (inner == at->end()) return nullptr;
        at = &*inner;
    }
    return at;
}

// Of a list one of them; of a text the whole, or one of its words (as RFC 8693, 4.2 has them in `scope`).
bool BearerClaims::has_value(const Json* claim, const std::string& value) const {
    if (!claim) return false;
    if (claim->is_array())
        return std::ranges::any_of(*claim, [&](const Json& each) { return each == value; });
    if (!claim->is_string()) return false;
    const auto& whole = claim->get_ref<const std::string&>();
    return whole == value || std::ranges::any_of(text::pieces(whole, ' '),
                                                 [&](std::string_view word) { return word == value; });
}

std::optional<Principal> BearerClaims::bearer(const BearerOptions& options, std::string& why) const {
    const auto* const name = claim(options.name_claim);
    Principal who;
    who.proof = Proof::bearer;
    if (name && name->is_string()) who.name = name->get<std::string>();
    if (who.name.empty() || text::fault_of_name(who.name)) {
        why = "its claim " + text::printable(options.name_claim) + " is no name";
        return std::nullopt;
    }
    std::optional<Role> role;
    const auto* const roles = claim(options.roles_claim);
    for (const auto& grant : options.grants) {
        if (!has_value(roles, grant.value)) continue;
        if (grant.role && (!role || *grant.role > *role)) role = grant.role;
        if (who.group.empty()) who.group = grant.group;
    }
    if (!role) role = options.other_role;
    if (!role) {
        why = "nothing in its claim " + text::printable(options.roles_claim) + " gives a role here";
        return std::nullopt;
    }
    who.role = *role;
    return who;
}

} // namespace auth
