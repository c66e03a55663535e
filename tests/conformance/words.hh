#pragma once
// The words of all tests, and the schemes that only cases of this folder use.

#include "tests/support/words.hh"

namespace conformance {

using namespace words; // in these tests nobody else has a kind, a link or an attribute

inline const std::string os_scheme = "urn:occi-agent:os_tpl#";
inline const std::string user_scheme = "http://conformance.example/mine#";

} // namespace conformance
