#pragma once
// Says who asks, before the body of a request is read: the ways that are configured, in the order of the chain. What
// was proven is remembered for as long as the way says, by a keyed hash and never as it was shown, so that the next
// request costs microseconds; the same proof shown twice at a time is looked at once.
//
// Without any configured way everybody who reaches a loopback or unix socket is the principal "local", an
// administrator: any local user then rules the host. What a web page of the internet could make a browser on this host
// send is refused by its Host header (host_names.hh).
//
// Threads: any.

#include "agent/auth/options.hh"
#include "agent/auth/way.hh"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace auth {

class Authenticator {
public:
    // Error{invalid}: what is wrong with a file, or in it.
    explicit Authenticator(const Options& = {});
    // For tests: with these ways and no others.
    explicit Authenticator(std::vector<std::unique_ptr<Way>>);
    ~Authenticator();
    Authenticator(const Authenticator&) = delete;
    Authenticator& operator=(const Authenticator&) = delete;

    // Goes on with these: what was proven before is proven anew. One thread at a time. Throws as the constructor does,
    // and goes on with the old ones then.
    void use(const Options&);

    // What can be said without looking at what is shown: that nobody has to prove anything, that it was proven a moment
    // ago, or that nothing was shown that is configured. nullopt: it has to be judged.
    std::optional<Verdict> known(const Shown&) const;

    // As Way::judge, but that `told` may be called as well when the verdict is returned. A client that has shown
    // nothing is refused with an empty `why`.
    std::optional<Verdict> judge(const Shown&, Way::Told told);

    // The values of WWW-Authenticate for somebody who was refused, one for each scheme.
    std::vector<std::string> challenges(const Shown&) const;

    // Whether nobody has to prove anything.
    bool is_open() const noexcept;

private:
    struct Chain;
    struct Memory;
    struct Attempt;
    std::shared_ptr<Chain> chain() const;
    static std::optional<Verdict> without_proof(const Attempt&, const Shown&);

    std::shared_ptr<Memory> memory_;
    Options options_;
};

} // namespace auth
