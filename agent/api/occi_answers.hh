#pragma once
// Answers in the rendering of OCCI that is asked for: call.media is set.
//
// Threads: any. Failures: NotAcceptable, when it is asked for in headers and does not fit into them.

#include "agent/api/call.hh"
#include "agent/api/entities.hh"
#include "agent/render/occi_writer.hh"
#include "agent/render/shown.hh"

#include <optional>
#include <string>
#include <vector>

namespace api {

render::Written or_refuse(std::optional<render::Written>);

// 200, and nothing to show.
http::Response done(const Call&);
http::Response rendered(const Call&, const render::AnyEntity&);
http::Response rendered(const Call&, const occi::Categories&);

// To a GET: 304 for a client that has it already. `etag`: of that rendering of it.
http::Response shown(const Call&, const render::Written&, const std::string& etag);
// The same of what has no fingerprint of its own.
http::Response shown(const Call&, const render::Written&);
// Where they are, or in JSON what they are; of `kinds`.
http::Response listed(const Call&, const std::vector<Member>&, const std::vector<const occi::Kind*>& kinds);

} // namespace api
