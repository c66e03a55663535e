#pragma once
// Takes a multipart/form-data body apart as it comes (RFC 7578; RFC 2046, 5.1), and keeps no more of it than a line.
// Names and counts are bounded; what a part holds is the taker's to bound.
//
// Threads: one at a time. Failures: Error{invalid}, and what the taker throws; the reader is of no use after one.

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace api {

// Whether `content_type` is that of such a form.
bool is_multipart(std::string_view content_type);
// The boundary between its parts. Throws Error{invalid} when there is none, or one that is not allowed.
std::string boundary_of(std::string_view content_type);

class MultipartReader {
public:
    struct Taker {
        virtual ~Taker() = default;
        virtual void begin_part(const std::string& name) = 0; // of the form's field
        virtual void take_part(std::string_view bytes) = 0; // of the part that has begun; any number of times
        virtual void end_part() = 0;
    };
    MultipartReader(std::string_view boundary, Taker&);

    void take(std::string_view bytes);
    // Nothing more comes. Throws when the form is not whole.
    void finish() const;

private:
    enum class Step { preamble, delimiter, headers, data, epilogue };

    // Each takes what it can off the front of `input`; false when it needs more.
    bool take_up_to_delimiter(std::string_view& input);
    bool take_delimiter(std::string_view& input);
    bool take_header(std::string_view& input);
    void begin_part();

    const std::string delimiter_; // with the line's end before it, which belongs to it
    Taker& taker_;
    Step step_ = Step::preamble;
    std::string held_ = "\r\n"; // before the first delimiter there may be nothing, not even a line's end
    std::size_t parts_ = 0, header_bytes_ = 0, preamble_bytes_ = 0;
    std::optional<std::string> name_;
};

} // namespace api
