#pragma once
// Times as text for messages and documents.
//
// Threads: any.

#include <chrono>
#include <string>

// Whole seconds of UTC, cut and not rounded: "2030-01-01T10:00:00Z".
std::string to_rfc3339(std::chrono::system_clock::time_point);

// "2030-01-01".
std::string day_text(std::chrono::sys_days);
