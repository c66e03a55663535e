#pragma once
// A request that has a route: who makes it, what the route has matched, and where its body goes when it is to be stored
// as it comes. Chooses the handler and has it make the answer.
//
// Threads: one at a time.

#include "agent/api/answered.hh"
#include "agent/api/routes.hh"
#include "agent/api/upload.hh"

#include <memory>

namespace api {

// "front for alice", of one who acts for another.
std::string name_for_log(const auth::Principal&);

class Admitted : public http::Admission {
public:
    // `match` has a route. Throws what its receiver throws.
    Admitted(const Services&, const http::Head&, Asked, auth::Principal, Match match);

    std::string_view user() const noexcept override { return user_; }
    std::size_t body_limit() const noexcept override;
    http::BodySink* sink() noexcept override { return upload_.get(); }
    http::Response answer(const http::Request&) override;

private:
    Handler choose_handler(Call&) const; // and settles what depends on it

    const Services& services_;
    const Asked asked_;
    const auth::Principal who_;
    const std::string user_; // for the log: with the one who acts for him
    const Match match_;
    const std::unique_ptr<Upload> upload_; // nullptr: the body is kept in the request
};

} // namespace api
