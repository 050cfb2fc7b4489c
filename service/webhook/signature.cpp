#include "service/webhook/signature.hpp"

#include "service/security/hmac.hpp"

#include <array>

namespace lm::webhook {
namespace {

struct FreeChecksum {
    void operator()(GChecksum* checksum) const { g_checksum_free(checksum); }
};

std::string sha256Base64(std::string_view text) {
    const std::unique_ptr<GChecksum, FreeChecksum> checksum(g_checksum_new(G_CHECKSUM_SHA256));
    g_checksum_update(checksum.get(), reinterpret_cast<const guchar*>(text.data()),
                      static_cast<gssize>(text.size()));
    std::array<guint8, 32> digest{};
    gsize size = digest.size();
    g_checksum_get_digest(checksum.get(), digest.data(), &size);
    const Owned<char> base64(g_base64_encode(digest.data(), size));
    return base64.get();
}

Signature::Verdict verdictOf(jwt::Fault fault) {
    switch (fault) {
    case jwt::Fault::Malformed:
    case jwt::Fault::Algorithm:
        return Signature::Verdict::Malformed;
    case jwt::Fault::Early:
    case jwt::Fault::Expired:
        return Signature::Verdict::Expired;
    case jwt::Fault::Signature:
        break;
    }
    return Signature::Verdict::Mismatch;
}

} // namespace

Signature::Verdict Signature::check(std::string_view authorization, std::string_view body,
                                    std::chrono::seconds now) const {
    if (authorization.empty()) return Verdict::Unsigned;
    const jwt::Verdict verified = jwt::verify(authorization, secret_, now);
    if (const auto* fault = std::get_if<jwt::Fault>(&verified)) return verdictOf(*fault);
    JsonNode* claims = std::get<json::Node>(verified).get();
    const bool known = security::sameText(json::stringMember(claims, "iss"), key_);
    const bool whole = security::sameText(json::stringMember(claims, "sha256"), sha256Base64(body));
    return known && whole && !key_.empty() ? Verdict::Valid : Verdict::Mismatch;
}

} // namespace lm::webhook
