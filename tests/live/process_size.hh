#pragma once
// How large a process is, and whether it grows with what it does.
//
// Threads: values.

#include <optional>
#include <string>
#include <sys/types.h>

namespace live {

struct ProcessSize {
    unsigned descriptors = 0, threads = 0, resident_kib = 0;
    unsigned anonymous_kib = 0; // of the resident ones: neither libraries nor files
};
ProcessSize size_of(pid_t);

// Looks at one process again and again, and at the next one after begin_anew(); of those it keeps the one that lived
// longest.
class Growth {
public:
    void look(pid_t);
    void begin_anew();
    // Beyond what comes and goes: what a leak of one thing in each look would be.
    bool is_bounded() const;
    std::string told() const;

private:
    struct Life {
        unsigned looks = 0;
        ProcessSize first, last; // once it has warmed up
    };
    const Life& longest() const { return now_.looks >= best_.looks ? now_ : best_; }

    Life now_, best_;
};

} // namespace live
