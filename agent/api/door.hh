#pragma once
// Who makes a request: what its head shows, judged by the authenticator; and whether the Host that it names is this
// one, and whether a page of another site has made a browser ask.
//
// Threads: any.

#include "agent/auth/authenticator.hh"
#include "agent/base/published.hh"
#include "agent/http/types.hh"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace api {

class Door {
public:
    virtual ~Door() = default;
    // As Authenticator::known. Error{forbidden} and Error{invalid}: it is none that we serve, whoever makes it.
    virtual std::optional<auth::Verdict> known(const http::Head&) { return std::nullopt; }

    using IsWanted = std::function<bool()>; // whether the request is there still

    // As Authenticator::judge, of what is not known.
    virtual std::optional<auth::Verdict> judge(const http::Head&, auth::Way::Told, IsWanted) = 0;
    // The values of WWW-Authenticate for who was refused.
    virtual std::vector<std::string> challenges(const http::Head&) const { return {}; }
};

class Doorkeeper : public Door {
public:
    // The authenticator outlives it. `names`: by which this host may be called.
    explicit Doorkeeper(auth::Authenticator& authenticator, std::vector<std::string> names = {});

    std::optional<auth::Verdict> known(const http::Head&) override;
    std::optional<auth::Verdict> judge(const http::Head&, auth::Way::Told, IsWanted) override;
    std::vector<std::string> challenges(const http::Head&) const override;

    void use(std::vector<std::string> names); // one thread at a time

private:
    void check_host(const http::Head&) const;

    auth::Authenticator& authenticator_;
    Published<std::vector<std::string>> names_;
};

// The one on whose behalf it is made: `who`, or whom X-On-Behalf-Of names, if `who` may act for others.
// Error{forbidden}, Error{invalid}.
auth::Principal on_behalf(const http::Head&, const auth::Principal& who);

} // namespace api
