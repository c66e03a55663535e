#pragma once
// Answers in OpenNebula's XML, in the dialect of the client.
//
// Threads: any.

#include "agent/api/call.hh"

#include <functional>
#include <string>
#include <vector>

namespace api {

http::Response xml(int status, std::string body);
// 200: the entity, which is of a kind that OpenNebula has.
http::Response opennebula_answer(const Call&, const occi::Resource&);

// To a GET: 304 for a client that has it already.
http::Response opennebula_pool(const Call&, const occi::Kind&, const std::vector<std::string>& ids);
// `show` is called when it was not written since something has changed; Error{not_found}.
http::Response opennebula_entity(const Call&, const std::function<occi::Resource()>& show);

} // namespace api
