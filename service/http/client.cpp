#include "service/http/client.hpp"

#include <algorithm>

namespace lm::http {
namespace {

GInetAddress* inet(GSocketAddress* address) {
    return G_IS_INET_SOCKET_ADDRESS(address)
               ? g_inet_socket_address_get_address(G_INET_SOCKET_ADDRESS(address))
               : nullptr;
}

std::string textOf(GInetAddress* address) {
    Ref<GInetAddress> network;
    if (g_inet_address_get_family(address) == G_SOCKET_FAMILY_IPV6) {
        guint8 bytes[16] = {};
        std::copy_n(g_inet_address_to_bytes(address), 8, bytes);
        network = Ref<GInetAddress>::adopt(g_inet_address_new_from_bytes(bytes, G_SOCKET_FAMILY_IPV6));
        address = network.get();
    }
    const Owned<char> text(g_inet_address_to_string(address));
    return text.get();
}

/// Takes the last element off a comma-separated list.
std::string takeLast(std::string_view& list) {
    const std::size_t comma = list.rfind(',');
    std::string_view last = comma == std::string_view::npos ? list : list.substr(comma + 1);
    list = comma == std::string_view::npos ? std::string_view() : list.substr(0, comma);
    while (!last.empty() && (last.front() == ' ' || last.front() == '\t'))
        last.remove_prefix(1);
    while (!last.empty() && (last.back() == ' ' || last.back() == '\t'))
        last.remove_suffix(1);
    return std::string(last);
}

} // namespace

std::string clientOf(GSocketAddress* address) {
    return inet(address) ? textOf(inet(address)) : std::string();
}

Proxies::Proxies(const std::vector<std::string>& masks) {
    for (const std::string& mask : masks)
        if (auto parsed =
                Ref<GInetAddressMask>::adopt(g_inet_address_mask_new_from_string(mask.c_str(), nullptr)))
            masks_.push_back(std::move(parsed));
}

bool Proxies::trusts(GInetAddress* address) const {
    return address && std::any_of(masks_.begin(), masks_.end(), [&](const auto& mask) {
               return g_inet_address_mask_matches(mask.get(), address);
           });
}

bool Proxies::trusts(GSocketAddress* address) const {
    return trusts(inet(address));
}

std::string Proxies::clientOf(GSocketAddress* peer, std::string_view forwardedFor) const {
    std::string client = http::clientOf(peer);
    if (!trusts(peer)) return client;
    while (!forwardedFor.empty()) {
        const auto address =
            Ref<GInetAddress>::adopt(g_inet_address_new_from_string(takeLast(forwardedFor).c_str()));
        if (!address) break;
        client = textOf(address.get());
        if (!trusts(address.get())) break;
    }
    return client;
}

} // namespace lm::http
