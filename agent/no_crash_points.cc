#include "agent/base/crash_point.hh"

void crash_point(const std::string&) noexcept {}
