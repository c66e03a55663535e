#include "agent/fetch/hop.hh"

#include "agent/base/error.hh"
#include "agent/base/handle.hh"
#include "agent/fetch/incoming.hh"
#include "agent/fetch/watch.hh"

#include <algorithm>
#include <array>
#include <curl/curl.h>
#include <exception>
#include <mutex>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

namespace fetch {
namespace {

using namespace std::chrono_literals;

// Once in the life of the process, by the first who asks; libcurl 7.88 has no way to end that is safe with threads.
void begin_curl() {
    static std::once_flag once;
    std::call_once(once, [] {
        if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
            throw Error(Fault::internal, "libcurl does not begin");
    });
}

void free_list(curl_slist* list) noexcept {
    // Authorization may be in it.
    for (auto* each = list; each; each = each->next) ::explicit_bzero(each->data, ::strlen(each->data));
    curl_slist_free_all(list);
}

class List {
public:
    void add(const std::string& line) {
        auto* longer = curl_slist_append(list_.get(), line.c_str());
        if (!longer) throw Error(Fault::busy, "there is no memory for a header");
        static_cast<void>(list_.release());
        list_.reset(longer);
    }
    curl_slist* get() const noexcept { return list_.get(); }

private:
    Handle<curl_slist, free_list> list_;
};

struct Fate {
    CURLcode code;
    const char* predicate;
};
constexpr std::array fates{
    Fate{CURLE_COULDNT_CONNECT, "no connection"},
    Fate{CURLE_COULDNT_RESOLVE_PROXY, "the proxy is not found"},
    Fate{CURLE_OPERATION_TIMEDOUT, "no connection in time"},
    Fate{CURLE_PEER_FAILED_VERIFICATION, "its certificate is not trusted"},
    Fate{CURLE_SSL_CONNECT_ERROR, "TLS fails"},
    Fate{CURLE_SSL_CACERT_BADFILE, "the file of authorities cannot be read"},
    Fate{CURLE_PARTIAL_FILE, "the answer ends too early"},
    Fate{CURLE_GOT_NOTHING, "there is no answer"},
    Fate{CURLE_RECV_ERROR, "the connection breaks"},
    Fate{CURLE_SEND_ERROR, "the connection breaks"},
    Fate{CURLE_WEIRD_SERVER_REPLY, "the answer is not HTTP"},
    Fate{CURLE_UNSUPPORTED_PROTOCOL, "the answer is not HTTP"},
};

const char* predicate_of(CURLcode code) noexcept {
    const auto found = std::ranges::find(fates, code, &Fate::code);
    return found == fates.end() ? curl_easy_strerror(code) : found->predicate;
}

class Run {
public:
    Run(const Hop& hop, Head& head, const Sink& sink)
        : hop_(hop), shown_(hop.url.shown()), incoming_(hop.question, hop.policy.bounds, shown_, head, sink),
          watch_(hop.policy.times, hop.policy.bounds.bytes_in_stall, hop.began, hop.whole_until) {
        begin_curl();
        multi_.reset(curl_multi_init());
        easy_.reset(curl_easy_init());
        if (!multi_ || !easy_) throw Error(Fault::busy, "there is no memory to ask " + shown_);
        say_what();
        say_how();
        say_where();
    }
    Run(const Run&) = delete;
    Run& operator=(const Run&) = delete;

    std::optional<std::string> go(const std::stop_token& stop) {
        curl_multi_add_handle(multi_.get(), easy_.get());
        const Defer taken_out([this] { curl_multi_remove_handle(multi_.get(), easy_.get()); });
        const std::stop_callback woken(stop, [this] { curl_multi_wakeup(multi_.get()); });
        for (int running = 1; perform(running);) {
            if (stop.stop_requested()) throw Error(Fault::unavailable, shown_ + ": it was called off");
            look_at_times();
            const auto left = std::chrono::ceil<std::chrono::milliseconds>(watch_.next() - Clock::now());
            curl_multi_poll(multi_.get(), nullptr, 0, static_cast<int>(std::clamp(left, 0ms, 1000ms).count()),
                            nullptr);
        }
        return outcome();
    }

private:
    template <class V> void set(CURLoption option, V value) {
        if (curl_easy_setopt(easy_.get(), option, value) != CURLE_OK)
            throw Error(Fault::internal, "libcurl does not know option " + std::to_string(option));
    }

    void say_what() {
        const auto& question = hop_.question;
        set(CURLOPT_URL, hop_.url.whole.c_str());
        for (const auto& header : question.headers) headers_.add(header.name + ": " + header.value);
        if (hop_.shows_authorization) {
            auto line = "Authorization: " + question.authorization;
            headers_.add(line);
            ::explicit_bzero(line.data(), line.size());
        }
        if (question.from > 0) {
            headers_.add("Range: bytes=" + std::to_string(question.from) + "-");
            if (!question.if_range.empty()) headers_.add("If-Range: " + question.if_range);
        }
        if (question.body) {
            headers_.add("Content-Type: " + question.body_type);
            headers_.add("Expect:"); // none: a small body does not wait for a "100 Continue"
            set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(question.body->size()));
            set(CURLOPT_POSTFIELDS, question.body->data());
        }
        set(CURLOPT_HTTPHEADER, headers_.get());
        set(CURLOPT_USERAGENT, "occi-agent");
    }

    void say_how() {
        const auto& policy = hop_.policy;
        set(CURLOPT_PROTOCOLS_STR, policy.allows_http ? "http,https" : "https");
        set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
        set(CURLOPT_FOLLOWLOCATION, 0L);
        set(CURLOPT_NETRC, static_cast<long>(CURL_NETRC_IGNORED));
        set(CURLOPT_PROXY, policy.proxy.c_str()); // "": none, not even the environment's
        set(CURLOPT_NOPROXY, "");
        set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
        set(CURLOPT_SSL_VERIFYPEER, 1L);
        set(CURLOPT_SSL_VERIFYHOST, 2L);
        set(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
        if (!policy.ca_file.empty()) {
            set(CURLOPT_CAINFO, policy.ca_file.c_str());
            set(CURLOPT_CAPATH, static_cast<const char*>(nullptr));
        }
        set(CURLOPT_NOSIGNAL, 1L);
        // Shared among the addresses of a host; that it is kept is `watch_`'s to see.
        set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(std::max(policy.times.connecting, 1ms).count()));
        set(CURLOPT_HEADERFUNCTION, &Run::take_line);
        set(CURLOPT_HEADERDATA, this);
        set(CURLOPT_WRITEFUNCTION, &Run::take_body);
        set(CURLOPT_WRITEDATA, this);
    }

    // The name was looked up before, and is not looked up again: another answer could come.
    void say_where() {
        set(CURLOPT_OPENSOCKETFUNCTION, &Run::open_socket);
        set(CURLOPT_OPENSOCKETDATA, this);
        if (hop_.pinned.empty()) return;
        std::string entry;
        for (const auto& address : hop_.pinned) {
            entry += entry.empty() ? hop_.url.host + ":" + hop_.url.port + ":" : ",";
            entry += address.is_v6 ? "[" + address.text() + "]" : address.text();
        }
        if (Ip::parse(hop_.url.host)) return; // a literal address is pinned by itself
        names_.add(entry);
        set(CURLOPT_RESOLVE, names_.get());
    }

    bool perform(int& running) {
        if (curl_multi_perform(multi_.get(), &running) != CURLM_OK)
            throw Error(Fault::internal, shown_ + ": libcurl fails");
        return running > 0;
    }

    void look_at_times() {
        curl_off_t before_transfer = 0;
        curl_easy_getinfo(easy_.get(), CURLINFO_PRETRANSFER_TIME_T, &before_transfer);
        const auto now = Clock::now();
        if (before_transfer > 0) watch_.saw_connection(now);
        if (const auto missed = watch_.missed(now); !missed.empty())
            throw Error(Fault::unavailable, shown_ + ": " + std::string(missed));
    }

    std::optional<std::string> outcome() {
        if (thrown_) std::rethrow_exception(thrown_);
        if (incoming_.location()) return incoming_.location();
        int left = 0;
        const auto* message = curl_multi_info_read(multi_.get(), &left);
        const auto code = message ? message->data.result : CURLE_GOT_NOTHING;
        if (code != CURLE_OK) throw Error(Fault::unavailable, shown_ + ": " + predicate_of(code));
        if (!incoming_.has_begun()) throw Error(Fault::unavailable, shown_ + ": the answer is not HTTP");
        return std::nullopt;
    }

    // Whether to go on: what is thrown must not pass through C.
    template <class F> bool holding(F&& take) noexcept {
        try {
            take();
        } catch (...) {
            thrown_ = std::current_exception();
        }
        return !thrown_ && !incoming_.location();
    }
    static std::size_t take_line(char* bytes, std::size_t, std::size_t count, void* self) noexcept {
        auto& run = *static_cast<Run*>(self);
        run.watch_.saw_bytes(count, Clock::now());
        return run.holding([&] { run.incoming_.line({bytes, count}); }) ? count : 0;
    }
    static std::size_t take_body(char* bytes, std::size_t, std::size_t count, void* self) noexcept {
        auto& run = *static_cast<Run*>(self);
        run.watch_.saw_bytes(count, Clock::now());
        return run.holding([&] { run.incoming_.body({bytes, count}); }) ? count : CURL_WRITEFUNC_ERROR;
    }

    // The last look at an address, right before it is connected to. That of a proxy is the operator's word.
    bool is_admitted(const sockaddr* raw) const {
        const auto address = Ip::of(raw);
        const bool is_pinned = address && std::ranges::find(hop_.pinned, *address) != hop_.pinned.end();
        return !hop_.policy.proxy.empty() || (is_pinned && hop_.policy.admits(*address));
    }
    static curl_socket_t open_socket(void* self, curlsocktype, curl_sockaddr* wanted) noexcept {
        auto& run = *static_cast<Run*>(self);
        bool is_admitted = false;
        if (!run.holding([&] { is_admitted = run.is_admitted(&wanted->addr); })) return CURL_SOCKET_BAD;
        if (is_admitted) return ::socket(wanted->family, wanted->socktype | SOCK_CLOEXEC, wanted->protocol);
        run.thrown_ = std::make_exception_ptr(Error(
            Fault::forbidden, run.shown_ + ": the address of its host is not the one that was checked"));
        return CURL_SOCKET_BAD;
    }

    const Hop& hop_;
    const std::string shown_;
    Incoming incoming_;
    Watch watch_;
    std::exception_ptr thrown_;
    List headers_, names_;
    // In this order: the easy handle goes first.
    Handle<CURLM, curl_multi_cleanup> multi_;
    Handle<CURL, curl_easy_cleanup> easy_;
};

} // namespace

std::optional<std::string> Hop::run(Head& head, const Sink& sink, const std::stop_token& stop) const {
    return Run(*this, head, sink).go(stop);
}

} // namespace fetch
