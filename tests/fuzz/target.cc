#include "tests/fuzz/target.hh"

#include <array>
#include <cstdio>
#include <cstdlib>

namespace fuzz {

// Each in the file of its name.
void header_block(std::string_view);
void forwarded(std::string_view);
void chunked_body(std::string_view);
void request(std::string_view);
void kept_note(std::string_view);
void xml_document(std::string_view);
void opennebula_document(std::string_view);
void form(std::string_view);
void occi_document(std::string_view);
void occi_fields(std::string_view);
void multipart(std::string_view);
void image_header(std::string_view);
void image_url(std::string_view);
void bearer_token(std::string_view);

void require(bool holds, std::string_view promise) {
    if (holds) return;
    std::fprintf(stderr, "broken promise: %.*s\n", static_cast<int>(promise.size()), promise.data());
    std::abort();
}

std::span<const Target> targets() noexcept {
    static constexpr std::array all{Target{"header_block", header_block},
                                    Target{"forwarded", forwarded},
                                    Target{"chunked_body", chunked_body},
                                    Target{"request", request},
                                    Target{"xml_document", xml_document},
                                    Target{"kept_note", kept_note},
                                    Target{"opennebula_document", opennebula_document},
                                    Target{"form", form},
                                    Target{"occi_document", occi_document},
                                    Target{"occi_fields", occi_fields},
                                    Target{"multipart", multipart},
                                    Target{"image_header", image_header},
                                    Target{"image_url", image_url},
                                    Target{"bearer_token", bearer_token}};
    return all;
}

} // namespace fuzz
