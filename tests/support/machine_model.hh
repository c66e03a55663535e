#pragma once
// The model of a compute's life behind machine_history: which answers fit a compute that is so, and what becomes of it
// when an operation ends.
//
// Threads: values.

#include "tests/support/machine_history.hh"

#include <functional>

namespace support::model {

using Life = Compute::Life;
using Set = std::set<Compute>;

// agent/service/lifecycle.cc, from outside.
struct Rule {
    Act act;
    std::string_view word, kind;
    std::vector<Life> from{}, already{};
    Life to = Life::none;
    std::string_view meanwhile{}; // a word that an entry may show while it is under way
};
const Rule& rule_of(Act);

bool is_ready(Life);
bool is_changeable(Life);
Compute in(Compute, Life);
Set unless(bool wrong, const Compute&);

// What else was under way at the time of a request: what it shows meanwhile is neither what was nor what will be.
struct Around {
    std::set<std::string_view> words{}; // that an entry may show
    bool anything = false, disks = false;
};

// Whether that answer fits a compute that is so.
using Fits = std::function<bool(const Compute&)>;
// Of an answer that nothing has come of; empty when there is no such answer.
Fits fits_of(const Asked&, const Around&);

// What a compute may be when an operation on it has ended.
Set created(const Compute&, const Ended&);
Set removed(const Compute&, const Ended&);
Set renamed(const Compute&, const Ended&, const std::string& title);
Set moved(const Compute&, const Ended&, const Rule&);
Set changed(const Compute&, const Ended&);
// A change is worked out when it is asked for, and done later. While another one was under way nobody knows from what.
Set planned(const Compute&, const Asked&, std::uint64_t number, const Around&);

} // namespace support::model
