#pragma once
// The one reader and the one writer of XML. The reader (Expat) makes a small tree, within limits, and refuses every
// DTD, so that no entity can expand and nothing outside can be named. The writer escapes everything it is given.
//
// Threads: values; a Reader or Writer belongs to one thread.

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace xml {

struct Element {
    std::string name; // with a prefix as written; namespaces are not resolved
    std::vector<std::pair<std::string, std::string>> attributes;
    std::string text; // all character data directly inside, joined
    std::vector<Element> children;

    const std::string* attribute(std::string_view name) const noexcept; // nullptr when absent
    const Element* child(std::string_view name) const noexcept;         // the first of that name, or nullptr
    std::vector<const Element*> all(std::string_view name) const;
    std::string_view child_text(std::string_view name) const noexcept; // trimmed; empty when absent
    const Element* find(std::string_view path) const noexcept; // "devices/disk": first match each step
};

struct Limits {
    std::size_t bytes = 1 << 20;
    std::size_t depth = 32;
    std::size_t elements = 10'000;
    std::size_t attributes = 64; // of one element
    std::size_t text = 1 << 20;  // of one element
};

// The root element. Throws Error{invalid} (Error{too_large} above `bytes`) naming line and cause: "line 3: mismatched
// tag", "a DTD is not allowed", "nested deeper than 32 elements", ...
Element parse(std::string_view document, const Limits& = {});

// Builds a document from front to back without white space. Throws Error{internal} for what XML 1.0 cannot hold
// (control characters, bytes that are not UTF-8) and for calls out of order: both are bugs of the caller. Names are not
// checked.
//   Writer w; w.open("DISK").attribute("href", url).leaf("ID", id).close(); w.take();
class Writer {
public:
    Writer& open(std::string_view name);
    Writer& attribute(std::string_view name, std::string_view value); // directly after open() only
    Writer& text(std::string_view);
    Writer& leaf(std::string_view name, std::string_view text); // an element with text only
    Writer& close();
    std::string take(); // closes nothing: every open() needs its close() before

private:
    void end_tag();
    std::string out_;
    std::vector<std::string> open_;
    bool in_tag_ = false;
};

} // namespace xml
