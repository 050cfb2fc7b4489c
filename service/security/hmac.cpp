#include "service/security/hmac.hpp"

#include "plugins/common/handles.hpp"

#include <array>

namespace lm::security {
namespace {

std::string base64Url(const guint8* data, std::size_t size) {
    const Owned<char> standard(g_base64_encode(data, size));
    std::string text = standard.get();
    for (char& c : text)
        c = c == '+' ? '-' : c == '/' ? '_' : c;
    return text.substr(0, text.find('='));
}

} // namespace

std::string hmacSha256(std::string_view key, std::string_view text) {
    GHmac* hmac = g_hmac_new(G_CHECKSUM_SHA256, reinterpret_cast<const guchar*>(key.data()), key.size());
    g_hmac_update(hmac, reinterpret_cast<const guchar*>(text.data()), static_cast<gssize>(text.size()));
    std::array<guint8, 32> digest{};
    gsize size = digest.size();
    g_hmac_get_digest(hmac, digest.data(), &size);
    g_hmac_unref(hmac);
    return base64Url(digest.data(), size);
}

bool sameText(std::string_view a, std::string_view b) {
    if (a.size() != b.size()) return false;
    // Volatile, so that no compiler may stop at the first difference.
    volatile unsigned char difference = 0;
    for (std::size_t i = 0; i < a.size(); ++i)
        difference = static_cast<unsigned char>(
            difference | (static_cast<unsigned char>(a[i]) ^ static_cast<unsigned char>(b[i])));
    return difference == 0;
}

} // namespace lm::security
