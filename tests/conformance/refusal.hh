#pragma once
// Clauses that say what is refused: one request, its status, a sentence, and nothing made or changed by it.

#include "tests/conformance/clause.hh"

#include <string>

namespace conformance {

// In target and body stand {compute}, {network}, {image}, {storagelink} and {networkinterface} for what stands for all
// cases, and {nobody} for an id that nothing has. text/plain, or JSON when the body begins with a brace.
struct Request {
    std::string method, target, body;
};

// `word`: that the sentence has in it.
Clause refused(std::string number, Level, std::string sentence, int status, Request, std::string word = {});

} // namespace conformance
