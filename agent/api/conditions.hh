#pragma once
// Conditional requests (RFC 9110, 13): ETags made of fingerprints, If-Match and If-None-Match.
//
// Threads: values and pure functions.

#include "agent/http/types.hh"

#include <optional>
#include <string>
#include <string_view>

namespace api {

// The strong validator of one rendering of the entity that has this fingerprint.
std::string etag_of(std::string_view fingerprint, std::string_view rendering);

// Of a GET: adds the ETag to the answer, or makes it a 304 when the client has that already. Error{invalid}: a
// malformed header.
void validate(http::Response&, const http::Head&, const std::string& etag);

// The conditions that a change is bound to. A fingerprint counts, in whatever rendering the client has read it.
class Condition {
public:
    explicit Condition(const http::Head&); // Error{invalid}: a malformed header

    // Also of If-Match: *, which whatever exists fulfils.
    bool is_none() const noexcept;
    // Whether the change may be made to what exists and has that fingerprint.
    bool admits(std::string_view fingerprint) const;
    // Whether something may be made where nothing is yet.
    bool admits_absence() const noexcept { return !if_match_; }
    // Whether it is to be made only when nothing is there yet.
    bool wants_absence() const noexcept;

private:
    std::optional<std::string> if_match_, if_none_match_;
};

} // namespace api
