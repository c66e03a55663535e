#include "agent/base/xml.hh"

#include "agent/base/error.hh"
#include "agent/base/handle.hh"
#include "agent/base/text.hh"

#include <algorithm>
#include <exception>
#include <expat.h>
#include <fmt/core.h>
#include <new>
#include <type_traits>

namespace xml {
namespace {

// Builds the tree while Expat reads. The handlers are called from C, so none of them may throw: a fault stops the
// parser and is thrown when it has returned. Expat may call one more handler after a stop; `stopped` makes that
// harmless.
class TreeBuilder {
public:
    explicit TreeBuilder(const Limits& limits) : parser_(XML_ParserCreate("UTF-8")), limits_(limits) {
        if (!parser_) throw std::bad_alloc();
        XML_SetUserData(parser_.get(), this);
        XML_SetElementHandler(parser_.get(), on_start, on_end);
        XML_SetCharacterDataHandler(parser_.get(), on_text);
        XML_SetStartDoctypeDeclHandler(parser_.get(), on_doctype);
        XML_SetXmlDeclHandler(parser_.get(), on_declaration);
    }

    Element build(std::string_view document) {
        const auto status =
            XML_Parse(parser_.get(), document.data(), static_cast<int>(document.size()), XML_TRUE);
        if (thrown_) std::rethrow_exception(thrown_);
        if (status != XML_STATUS_OK) {
            if (fault_.empty()) fault_ = XML_ErrorString(XML_GetErrorCode(parser_.get()));
            throw Error(Fault::invalid,
                        fmt::format("line {}: {}", XML_GetCurrentLineNumber(parser_.get()), fault_));
        }
        return std::move(root_);
    }

private:
    void stop(std::string fault) {
        fault_ = std::move(fault);
        XML_StopParser(parser_.get(), XML_FALSE);
    }

    template <class F> static void guarded(void* self, F handle) noexcept {
        auto& builder = *static_cast<TreeBuilder*>(self);
        if (!builder.fault_.empty() || builder.thrown_) return;
        try {
            handle(builder);
        } catch (...) {
            builder.thrown_ = std::current_exception();
            XML_StopParser(builder.parser_.get(), XML_FALSE);
        }
    }

    static void XMLCALL on_start(void* self, const XML_Char* name, const XML_Char** attributes) noexcept {
        guarded(self, [&](TreeBuilder& builder) { builder.start(name, attributes); });
    }
    static void XMLCALL on_end(void* self, const XML_Char*) noexcept {
        guarded(self, [](TreeBuilder& builder) { builder.end(); });
    }
    static void XMLCALL on_text(void* self, const XML_Char* data, int size) noexcept {
        guarded(self, [&](TreeBuilder& builder) {
            builder.add_text({data, static_cast<std::size_t>(size)});
        });
    }
    static void XMLCALL on_doctype(void* self, const XML_Char*, const XML_Char*, const XML_Char*,
                                   int) noexcept {
        guarded(self, [](TreeBuilder& builder) { builder.stop("a DTD is not allowed"); });
    }
    static void XMLCALL on_declaration(void* self, const XML_Char*, const XML_Char* encoding, int) noexcept {
        guarded(self, [&](TreeBuilder& builder) { builder.check_encoding(encoding ? encoding : "UTF-8"); });
    }

    void start(const char* name, const char** attributes) {
        if (open_.size() == limits_.depth)
            return stop(fmt::format("nested deeper than {} elements", limits_.depth));
        if (++elements_ > limits_.elements)
            return stop(fmt::format("more than {} elements", limits_.elements));
        auto& element = open_.emplace_back();
        element.name = name;
        for (; *attributes; attributes += 2) {
            if (element.attributes.size() == limits_.attributes)
                return stop(fmt::format("more than {} attributes in <{}>", limits_.attributes,
                                        text::printable(name)));
            element.attributes.emplace_back(attributes[0], attributes[1]);
        }
    }

    void end() {
        auto closed = std::move(open_.back());
        open_.pop_back();
        if (open_.empty())
            root_ = std::move(closed);
        else
            open_.back().children.push_back(std::move(closed));
    }

    void add_text(std::string_view data) {
        auto& text = open_.back().text;
        if (data.size() > limits_.text - text.size())
            return stop(fmt::format("more than {} bytes of text in <{}>", limits_.text,
                                    text::printable(open_.back().name)));
        text += data;
    }

    // The parser reads UTF-8 whatever the document claims: a claim of anything else would be read wrongly.
    void check_encoding(std::string_view encoding) {
        if (!text::same(encoding, "UTF-8") && !text::same(encoding, "US-ASCII"))
            stop(fmt::format("the encoding {} is not supported, only UTF-8", text::printable(encoding)));
    }

    Handle<std::remove_pointer_t<XML_Parser>, XML_ParserFree> parser_;
    const Limits limits_;
    std::vector<Element> open_; // the elements that are not closed yet, the root first
    Element root_;
    std::size_t elements_ = 0;
    std::string fault_;
    std::exception_ptr thrown_;
};

constexpr std::size_t most_bytes = 1 << 30; // Expat counts in int

// Expat takes a byte order mark, or a NUL beside the first character, for UTF-16 even when it is told UTF-8.
bool looks_like_utf16(std::string_view document) noexcept {
    return document.starts_with("\xff\xfe") || document.starts_with("\xfe\xff") ||
           document.substr(0, 2).find('\0') != document.npos;
}

enum class Place { text, attribute };

std::string_view escape_of(char c, Place place) noexcept {
    const bool attribute = place == Place::attribute;
    switch (c) {
    case '&': return "&amp;";
    case '<': return "&lt;";
    case '>': return "&gt;";
    case '\r': return "&#13;"; // XML 1.0, 2.11: a bare one would be read back as a line feed
    case '"': return attribute ? "&quot;" : "";
    case '\'': return attribute ? "&apos;" : "";
    case '\n': return attribute ? "&#10;" : ""; // XML 1.0, 3.3.3: read back as a blank
    case '\t': return attribute ? "&#9;" : "";
    default: return {};
    }
}

// XML 1.0, 2.2: there is no way to write other characters, not even as a reference.
bool has_xml_characters_only(std::string_view raw) noexcept {
    for (const char c : raw)
        if (static_cast<unsigned char>(c) < 0x20 && c != '\t' && c != '\n' && c != '\r') return false;
    return raw.find("\xef\xbf\xbe") == raw.npos && raw.find("\xef\xbf\xbf") == raw.npos && text::is_utf8(raw);
}

void append_escaped(std::string& out, std::string_view raw, Place place) {
    if (!has_xml_characters_only(raw))
        throw Error(Fault::internal, "\"" + text::printable(raw) + "\" cannot be written as XML");
    for (auto at = raw.begin();;) {
        const auto special =
            std::find_if(at, raw.end(), [place](char c) { return !escape_of(c, place).empty(); });
        out.append(at, special);
        if (special == raw.end()) return;
        out += escape_of(*special, place);
        at = special + 1;
    }
}

} // namespace

Element parse(std::string_view document, const Limits& limits) {
    const auto most = std::min(limits.bytes, most_bytes);
    if (document.size() > most)
        throw Error(Fault::too_large,
                    fmt::format("the XML document has {} bytes, more than {}", document.size(), most));
    if (looks_like_utf16(document))
        throw Error(Fault::invalid, "line 1: the encoding UTF-16 is not supported, only UTF-8");
    return TreeBuilder(limits).build(document);
}

const std::string* Element::attribute(std::string_view wanted) const noexcept {
    for (const auto& [key, value] : attributes)
        if (key == wanted) return &value;
    return nullptr;
}

const Element* Element::child(std::string_view wanted) const noexcept {
    for (const auto& element : children)
        if (element.name == wanted) return &element;
    return nullptr;
}

std::vector<const Element*> Element::all(std::string_view wanted) const {
    std::vector<const Element*> found;
    for (const auto& element : children)
        if (element.name == wanted) found.push_back(&element);
    return found;
}

std::string_view Element::child_text(std::string_view wanted) const noexcept {
    const auto* element = child(wanted);
    return element ? text::trim(element->text) : std::string_view{};
}

const Element* Element::find(std::string_view path) const noexcept {
    const Element* at = this;
    for (;;) {
        const auto slash = path.find('/');
        at = at->child(path.substr(0, slash));
        if (!at || slash == path.npos) return at;
        path.remove_prefix(slash + 1);
    }
}

Writer& Writer::open(std::string_view name) {
    end_tag();
    out_ += '<';
    out_ += name;
    open_.emplace_back(name);
    in_tag_ = true;
    return *this;
}

Writer& Writer::attribute(std::string_view name, std::string_view value) {
    if (!in_tag_) throw Error(Fault::internal, fmt::format("XML attribute {} outside of a tag", name));
    out_ += ' ';
    out_ += name;
    out_ += "=\"";
    append_escaped(out_, value, Place::attribute);
    out_ += '"';
    return *this;
}

Writer& Writer::text(std::string_view raw) {
    if (open_.empty()) throw Error(Fault::internal, "XML text outside of the root element");
    if (raw.empty()) return *this;
    end_tag();
    append_escaped(out_, raw, Place::text);
    return *this;
}

Writer& Writer::leaf(std::string_view name, std::string_view content) {
    return open(name).text(content).close();
}

Writer& Writer::close() {
    if (open_.empty()) throw Error(Fault::internal, "XML element closed twice");
    if (in_tag_)
        out_ += "/>";
    else
        out_ += "</" + open_.back() + ">";
    in_tag_ = false;
    open_.pop_back();
    return *this;
}

std::string Writer::take() {
    if (!open_.empty())
        throw Error(Fault::internal, fmt::format("XML element <{}> is not closed", open_.back()));
    return std::exchange(out_, {});
}

void Writer::end_tag() {
    if (in_tag_) out_ += '>';
    in_tag_ = false;
}

} // namespace xml
