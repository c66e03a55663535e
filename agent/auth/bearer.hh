#pragma once
// A JWT as a way to prove who one is: `Authorization: Bearer TOKEN` (RFC 6750, 2.1), or the same token in X-Auth-Token.
// Its signature is checked with a key of the issuer and the one algorithm that goes with that key, its claims as
// bearer_claims.hh says; what the header says about keys is not believed.
//
// Threads: as a Way. It waits for the issuer on threads that are there only meanwhile.

#include "agent/auth/bearer_keys.hh"
#include "agent/auth/bearer_options.hh"
#include "agent/auth/way.hh"

#include <memory>
#include <string>

namespace auth {

class Bearer : public Way {
public:
    // Error{invalid}: there is no issuer or no audience in the options.
    explicit Bearer(const BearerOptions&);

    // Every Bearer; but where the issuer is asked about other tokens (`introspect_url`), and in X-Auth-Token, only what
    // has the shape of a JWT.
    bool is_tried(const Shown&) const noexcept override;
    std::optional<Verdict> judge(const Shown&, Told) override;
    std::string challenge(bool was_tried) const override;

    // As BearerKeys::trouble.
    std::string trouble() const { return keys_.trouble(); }

private:
    const std::shared_ptr<const BearerOptions> options_;
    BearerKeys keys_;
};

} // namespace auth
