#pragma once
// Keeps what is in the memory of this process out of files and out of the reach of other processes of its user: it
// leaves no core, and nobody but root may attach to it.
//
// Threads: once, at the start, before there is a secret. Without it the process goes on: the log says so.

void forbid_dumps() noexcept;
