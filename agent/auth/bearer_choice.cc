#include "agent/auth/bearer_choice.hh"

#include "agent/auth/account_file.hh"
#include "agent/base/error.hh"
#include "agent/base/text.hh"

namespace auth {
namespace {

Role read_role(const std::string& text) {
    const auto role = role_named(text);
    if (!role)
        throw Error(Fault::invalid,
                    "there is no role \"" + text::printable(text) + "\": " + names_of_roles());
    return *role;
}

BearerGrant read_grant(const std::string& text) {
    auto words = text::split(text, ' ');
    std::erase(words, "");
    if (words.size() < 2 || words.size() > 3)
        throw Error(Fault::invalid,
                    "\"" + text::printable(text) +
                        "\": a grant is the value of a claim, a role, and a group if need be");
    BearerGrant grant{words[0], read_role(words[1])};
    if (words.size() == 3) {
        if (const auto fault = fault_of_account(words[2])) throw Error(Fault::invalid, *fault);
        grant.group = words[2];
    }
    return grant;
}

IpBlock read_network(const std::string& text) {
    const auto network = IpBlock::parse(text);
    if (!network)
        throw Error(Fault::invalid, "\"" + text::printable(text) + "\" is no network, such as 10.0.0.0/8");
    return *network;
}

} // namespace

BearerOptions bearer_options(const Options& chosen) {
    BearerOptions options;
    options.issuer = chosen.issuer;
    options.audience = chosen.audience;
    if (chosen.jwks.starts_with('/'))
        options.jwks_file = chosen.jwks;
    else
        options.jwks_url = chosen.jwks;
    options.introspect_url = chosen.introspect;
    options.client_id = chosen.client_id;
    options.client_secret_file = chosen.client_secret;
    options.name_claim = chosen.name_claim;
    options.roles_claim = chosen.roles_claim;
    for (const auto& each : chosen.grants) options.grants.push_back(read_grant(each));
    if (!chosen.other_role.empty()) options.other_role = read_role(chosen.other_role);
    for (const auto& each : chosen.issuer_networks) options.networks.push_back(read_network(each));
    options.ca_file = chosen.issuer_ca;
    options.proxy = chosen.issuer_proxy;
    return options;
}

} // namespace auth
