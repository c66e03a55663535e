#pragma once
// Expected answers as files. They are below $OCCI_AGENT_TESTS/golden; without that variable below tests/golden, seen
// from the folder that the tests are run in. With ACCEPT=1 in the environment a difference rewrites the file instead of
// failing.
//
// Threads: one, as the tests.

#include <filesystem>
#include <string>
#include <vector>

namespace golden {

std::filesystem::path folder();

// The names of the folders below folder()/suite, sorted; none when there is no such folder.
std::vector<std::string> cases(const std::string& suite);

std::string read(const std::filesystem::path&);

// Fails the running test case when `got` is not what the file says.
void check(const std::filesystem::path& expected, const std::string& got);

} // namespace golden
