#pragma once
// Opens the original of an image that a client names by a file:// URL, and only below the directories that
// the operator allowed: every step of the path is resolved without following a symbolic link out of them
// (openat2, RESOLVE_BENEATH), and the result must be a regular file.
//
// Threads: any.

#include "agent/base/handle.hh"

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace image {

// The path of a file:// URL with an empty or "localhost" host, percent-decoded. Throws Error{invalid}:
// another scheme ("only file:// URLs are supported, not http://"), user info, a query or fragment, a host,
// NUL, a relative path.
std::filesystem::path path_of(std::string_view url);

// Of several directories in `allowed` that the path is below, the longest counts; they may themselves be
// symbolic links. Paths are compared step by step as they are written: "/images-2" is not below "/images".
//
// Throws Error{forbidden} when the path is not below one of `allowed`, also when only because of ".." or a
// symbolic link; Error{invalid} when it does not exist there, may not be read or is no regular file (says
// what it is: a directory, a device,
// ...). Never tells whether something exists outside of the allowed directories, and opens nothing but
// regular files.
Descriptor open(std::string_view url, const std::vector<std::filesystem::path>& allowed);

} // namespace image
