#pragma once
// A token whose issuer is asked about it (RFC 7662), as a way to prove who one is. What he says holds for a minute at
// most. It is the Authenticator that remembers it, and that asks once for all who show the same token meanwhile.
//
// Threads: as a Way. Each question is asked on a thread that is there only meanwhile, 16 at most.

#include "agent/auth/bearer_options.hh"
#include "agent/auth/way.hh"
#include "agent/base/crew.hh"

#include <memory>
#include <string>

namespace auth {

class BearerIntrospection : public Way {
public:
    // Error{invalid}: there is no URL or no client in the options; Error{unavailable}: its secret cannot be read.
    explicit BearerIntrospection(const BearerOptions&);
    // Calls off what is under way, and waits until that has ended, two seconds at most.
    ~BearerIntrospection() override;
    BearerIntrospection(const BearerIntrospection&) = delete;
    BearerIntrospection& operator=(const BearerIntrospection&) = delete;

    bool is_tried(const Shown&) const noexcept override; // every token
    std::optional<Verdict> judge(const Shown&, Told) override;
    std::string challenge(bool was_tried) const override;

    // What is wrong with the issuer, as a sentence for the health of the agent; empty: nothing.
    std::string trouble() const;

private:
    struct Shared;
    std::shared_ptr<Shared> shared_; // the errands' too
    Crew crew_{"introspection"};
};

} // namespace auth
