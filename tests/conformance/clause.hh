#pragma once
// A clause of the standard and what proves it. Each file of this folder has one Chapter: its rows become test cases
// below the suite `conformance`, each named by its sentence, and a run closes with the table of all of them.
//
// Threads: one, the one that runs the tests.

#include <cstddef>
#include <functional>
#include <source_location>
#include <string>
#include <variant>
#include <vector>

namespace conformance {

class Provider;

enum class Level { must, should, may };
using enum Level;

using Check = std::function<void(Provider&)>;
struct LeftOut {
    std::string why;
};

struct Clause {
    std::string number; // of the document and of the section: "GFD.223 11.3.1"
    Level level;
    std::string sentence; // what the agent does
    std::variant<Check, LeftOut> proof;
};
using Clauses = std::vector<Clause>;

// All of these in one list: for chapters that are put together of several tables.
Clauses operator+(Clauses, const Clauses&);

// To be a variable of a file, made before main. Each sentence may stand once in it.
class Chapter {
public:
    Chapter(const char* suite, Clauses, std::source_location = std::source_location::current());
};

} // namespace conformance
