#include "agent/base/answering.hh"

namespace answering {
namespace {

thread_local bool answers = false;

} // namespace

void mark_this_thread() noexcept { answers = true; }

bool is_this_thread() noexcept { return answers; }

} // namespace answering
