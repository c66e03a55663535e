#include "agent/http/exchange.hh"

#include "agent/base/log.hh"
#include "agent/base/text.hh"
#include "agent/http/characters.hh"
#include "agent/http/coding.hh"

#include <fmt/format.h>
#include <httplib.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <ctime>
#include <exception>
#include <functional>
#include <iterator>
#include <optional>
#include <stdexcept>
#include <utility>

namespace http {
namespace {

using Work = std::function<Response()>;

constexpr std::string_view retry_seconds = "1";

// What httplib reads: enough to tell whether a body may follow the headers of the answer.
constexpr std::string_view any_request = "GET / HTTP/1.1\r\n\r\n";
constexpr std::string_view head_request = "HEAD / HTTP/1.1\r\n\r\n";

constexpr std::string_view end_of_headers = "\r\n\r\n";

// httplib's view of a connection: reads what it is given, collects what it writes, so that headers and body leave in
// one piece. Adds `lines` to the headers, each with its end: httplib keeps headers in a tree that compares them letter
// by letter.
class MemoryStream : public httplib::Stream {
public:
    MemoryStream(std::string_view input, const std::string& lines, std::string& output)
        : input_(input), lines_(lines), output_(output) {}
    bool is_readable() const override { return !input_.empty(); }
    bool is_writable() const override { return true; }
    ssize_t read(char* to, std::size_t most) override {
        const auto count = std::min(most, input_.size());
        std::memcpy(to, input_.data(), count);
        input_.remove_prefix(count);
        return static_cast<ssize_t>(count);
    }
    ssize_t write(const char* from, std::size_t count) override {
        std::string_view piece(from, count);
        const auto end = lines_.empty() ? piece.npos : piece.find(end_of_headers);
        if (end != piece.npos) {
            output_.append(piece.substr(0, end + 2)).append(std::exchange(lines_, {}));
            piece.remove_prefix(end + 2);
        }
        output_.append(piece);
        return static_cast<ssize_t>(count);
    }
    void get_remote_ip_and_port(std::string&, int& port) const override { port = 0; }
    void get_local_ip_and_port(std::string&, int& port) const override { port = 0; }
    socket_t socket() const override { return INVALID_SOCKET; }

private:
    std::string_view input_, lines_;
    std::string& output_;
};

// RFC 9110, 6.6.1; made anew once a second.
class DateLine {
public:
    const std::string& now() {
        const auto second = std::time(nullptr);
        if (second != second_) {
            second_ = second;
            std::tm parts{};
            ::gmtime_r(&second, &parts);
            char line[64];
            const auto length = std::strftime(line, sizeof line, "%a, %d %b %Y %H:%M:%S GMT", &parts);
            text_.assign(line, length);
        }
        return text_;
    }

private:
    std::time_t second_ = -1;
    std::string text_;
};

// RFC 9110, 8.6 and 15.3.5, 15.4.5.
bool may_have_body(int status) noexcept { return status != 204 && status != 304; }

// What an answer is framed by: said once, by us.
constexpr std::array<std::string_view, 4> own_names{"Connection", "Content-Length", "Date",
                                                    "Transfer-Encoding"};

// An answer that would break the framing is a bug of the application: it must not reach the wire.
bool is_sound(const Response& response) {
    const auto is_own = [](std::string_view name) {
        return std::any_of(own_names.begin(), own_names.end(),
                           [&](auto own) { return text::same(own, name); });
    };
    const auto good = [&](const auto& header) {
        return is_token(header.first) && is_field_text(header.second) && !is_own(header.first);
    };
    return response.status >= 200 && response.status <= 599 && is_field_text(response.content_type) &&
           std::all_of(response.headers.begin(), response.headers.end(), good);
}

} // namespace

struct Exchange::Bridge : httplib::Server {
    Bridge(Application& application, std::string server_name, const std::atomic<bool>& closing)
        : application_(application), server_name_(std::move(server_name)), closing_(closing) {
        set_pre_routing_handler([this](const httplib::Request&, httplib::Response& out) {
            fill(out);
            return HandlerResponse::Handled;
        });
        set_post_routing_handler([this](const httplib::Request&, httplib::Response& out) { amend(out); });
        // httplib makes its tables on the first request: here, before there are threads, and at no peer's cost.
        Turn rehearsal;
        Response nothing;
        write(rehearsal, nothing);
    }

    // Has `work` make the answer, and leaves it in the turn, or what it waits for.
    void answer(Turn& turn, const Work& work) {
        auto response = respond(turn, work);
        turn.answer.clear();
        turn.sent = 0;
        if (response.later && !response.later->piecewise) return wait(turn, std::move(response.later));
        unmeasured_ = response.later != nullptr;
        if (!unmeasured_) code(turn.block.request, response, turn.tags_were_marked);
        turn.in_pieces =
            unmeasured_ && turn.block.request.method != Method::head && may_have_body(response.status);
        write(turn, response);
        turn.stage = Turn::Stage::answered;
        if (!turn.in_pieces) return;
        append_piece(turn, response.body);
        wait(turn, std::move(response.later));
    }

    // The next piece of an answer that has begun.
    void add_piece(Turn& turn, const Work& work) {
        turn.answer.clear();
        turn.sent = 0;
        auto piece = ask(turn, work);
        if (piece) append_piece(turn, piece->body);
        if (piece && piece->later) return wait(turn, std::move(piece->later));
        // RFC 9112, 8: without the last chunk the client knows that something is missing.
        turn.close = turn.close || !piece;
        if (piece && !turn.block.is_1_0) turn.answer += "0\r\n\r\n";
        turn.in_pieces = false;
        turn.stage = Turn::Stage::answered;
    }

    // Of the application; it must not wait.
    Response refusal(const Head& head, int status, std::string_view sentence) {
        auto response = application_.refuse(head, status, sentence);
        response.later.reset();
        return response;
    }

private:
    static void wait(Turn& turn, std::shared_ptr<Later> later) {
        turn.later = std::move(later);
        turn.stage = Turn::Stage::waiting;
    }

    // RFC 9112, 7.1; a client of HTTP/1.0 reads until the end. An empty chunk would be the last one.
    static void append_piece(Turn& turn, std::string_view bytes) {
        if (bytes.empty()) return;
        turn.body_bytes += bytes.size();
        if (turn.block.is_1_0)
            turn.answer += bytes;
        else
            fmt::format_to(std::back_inserter(turn.answer), "{:x}\r\n{}\r\n", bytes.size(), bytes);
    }

    void write(Turn& turn, Response& response) {
        turn_ = &turn;
        response_ = &response;
        write_lines();
        MemoryStream stream(turn.block.request.method == Method::head ? head_request : any_request, lines_,
                            turn.answer);
        bool closed = false;
        // "Close": spares httplib its Keep-Alive header, which would tell its own limits. amend() has the last word.
        process_request(stream, true, closed, nullptr);
    }

    // What `work` returns; nullopt, and a line in the log, when it throws.
    static std::optional<Response> ask(const Turn& turn, const Work& work) {
        const auto& head = turn.block.request;
        try {
            return work();
        } catch (const std::exception& failure) {
            logging::error("{} {}: {} ({})", text::printable(head.method_text), text::printable(head.path),
                           text::printable(failure.what(), 400), head.id);
        } catch (...) {
            logging::error("{} {}: an exception without a text ({})", text::printable(head.method_text),
                           text::printable(head.path), head.id);
        }
        return std::nullopt;
    }

    Response respond(const Turn& turn, const Work& work) {
        auto response = ask(turn, work);
        const auto& head = turn.block.request;
        if (!response) return internal_error(head);
        if (is_sound(*response)) return std::move(*response);
        logging::error("{} {}: the answer {} has a bad status or header ({})",
                       text::printable(head.method_text), text::printable(head.path), response->status,
                       head.id);
        return internal_error(head);
    }

    Response internal_error(const Head& head) noexcept {
        try {
            auto response = refusal(head, 500, "internal error");
            if (is_sound(response)) return response;
        } catch (...) { // The application fails twice: what was wrong is in the log already.
        }
        return {500, {}, "text/plain", "internal error\n"};
    }

    // All headers but Content-Length, which httplib knows.
    void write_lines() {
        const auto& response = *response_;
        auto& turn = *turn_;
        turn.close =
            turn.close || !turn.block.keep_alive || closing_ || (turn.in_pieces && turn.block.is_1_0);
        lines_.clear();
        for (const auto& [name, value] : response.headers) add_line(name, value);
        if (!response.content_type.empty()) add_line("Content-Type", response.content_type);
        add_line("Date", date_.now());
        const auto unless_set = [&](std::string_view name, std::string_view value) {
            if (!find(response.headers, name)) add_line(name, value);
        };
        unless_set("Server", server_name_);
        unless_set("X-Request-Id", turn.block.request.id);
        unless_set("X-Content-Type-Options", "nosniff");
        unless_set("Cache-Control", "no-store");
        if (response.status == 503) unless_set("Retry-After", retry_seconds);
        if (turn.close)
            add_line("Connection", "close");
        else if (turn.block.is_1_0)
            add_line("Connection", "keep-alive");
        // RFC 9112, 6.1: not to HTTP/1.0, and not without a body.
        if (unmeasured_ && may_have_body(response.status) && !turn.block.is_1_0)
            add_line("Transfer-Encoding", "chunked");
    }
    void add_line(std::string_view name, std::string_view value) {
        lines_.append(name).append(": ").append(value).append("\r\n");
    }

    void fill(httplib::Response& out) {
        turn_->status = out.status = response_->status;
        if (!unmeasured_ && may_have_body(out.status)) out.body = std::move(response_->body);
        turn_->body_bytes = out.body.size();
    }

    // Takes back what httplib adds of its own accord.
    void amend(httplib::Response& out) const {
        const auto length = out.headers.extract("Content-Length");
        out.headers.clear();
        if (!unmeasured_ && may_have_body(out.status) && !length.empty())
            out.headers.emplace("Content-Length", length.mapped());
    }

    Application& application_;
    const std::string server_name_;
    const std::atomic<bool>& closing_;
    DateLine date_;
    Turn* turn_ = nullptr;
    Response* response_ = nullptr;
    std::string lines_;       // of the headers of the answer
    bool unmeasured_ = false; // an answer without a length
};

Exchange::Exchange(Application& application, std::string server_name, const std::atomic<bool>& closing)
    : bridge_(std::make_unique<Bridge>(application, std::move(server_name), closing)),
      application_(application) {}
Exchange::~Exchange() = default;

void Exchange::serve(Turn& turn) {
    if (turn.stage == Turn::Stage::waiting) {
        const auto later = std::move(turn.later);
        return turn.in_pieces ? bridge_->add_piece(turn, later->go_on) : bridge_->answer(turn, later->go_on);
    }
    if (turn.stage != Turn::Stage::whole) return take_admission(turn);
    bridge_->answer(turn, [&] { return turn.admission->answer(turn.block.request); });
}

// The body is read only when the application takes it. One that nobody reads would be taken for the next request.
void Exchange::take_admission(Turn& turn) {
    std::exception_ptr failure;
    try {
        admit(turn);
        turn.hold = turn.admission->undecided();
    } catch (...) {
        failure = std::current_exception();
        turn.hold.reset();
    }
    if (turn.hold) {
        turn.stage = Turn::Stage::undecided;
        return;
    }
    const bool is_over = failure || turn.admission->is_refusal();
    if (turn.block.framing.has_body()) {
        if (!is_over) {
            turn.stage = Turn::Stage::admitted;
            return;
        }
        turn.close = turn.unread = true;
    }
    bridge_->answer(turn, [&] {
        if (failure) std::rethrow_exception(failure);
        return turn.admission->answer(turn.block.request);
    });
}

void Exchange::admit(Turn& turn) {
    const auto& head = turn.block.request;
    if (turn.stage == Turn::Stage::opened) {
        turn.tags_were_marked = unmark_tags(turn.block.request.headers);
        turn.admission = application_.admit(head);
        return;
    }
    auto decided = turn.admission->decide(head);
    if (!decided) throw std::logic_error("the application decides nothing");
    turn.admission = std::move(decided);
}

void Exchange::refuse(Turn& turn, int status, std::string_view sentence) {
    turn.close = true;
    turn.unread = true;
    turn.later.reset();
    turn.hold.reset();
    bridge_->answer(turn, [&] { return bridge_->refusal(turn.block.request, status, sentence); });
}

} // namespace http
