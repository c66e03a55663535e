#pragma once
// Answers that OpenNebula's clients and those of OCCI get alike, each in its rendering: to creations, removals, and
// operations that go on.
//
// Threads: any. An answer that comes later keeps a copy of the call.

#include "agent/api/call.hh"
#include "agent/render/shown.hh"

#include <chrono>
#include <functional>
#include <string>

namespace api {

bool speaks_occi(const Call&);

// 202: the operation goes on, and `answer` shows what there is meanwhile.
http::Response accepted(const Call&, const state::Operation&, http::Response answer);
// The same of what can be followed at that path.
http::Response accepted_at(const Call&, const std::string& path, http::Response answer);

// What `done` returns when the operation has ended well, and its failure when it has not. After `patience`, or when the
// client does not want to wait, accepted() with what `meanwhile` returns.
http::Response when_done(const Call&, const state::Operation&, std::chrono::milliseconds patience,
                         std::function<http::Response()> done, std::function<http::Response()> meanwhile);

// 201, with the location of the entity and, unless that is enough for the rendering, the entity.
http::Response created(const Call&, const render::AnyEntity&);

// The answer to a DELETE: that the entity is gone, or meanwhile `last`.
http::Response removed(const Call&, const state::Operation&, http::Response last,
                       std::chrono::milliseconds patience = std::chrono::seconds(5));
// The answer that shows `last` while it is being removed.
http::Response leaving(const Call&, occi::Resource last);

// What `answer` returns, or an empty 202 when the thing is there no more: a client that has begun an operation is
// told which, even when somebody else has deleted the thing since.
http::Response unless_deleted(const std::function<http::Response()>& answer);

// Throws the failure of an operation that has ended, unless it has ended well.
void require_done(const state::Operation& ended);

} // namespace api
