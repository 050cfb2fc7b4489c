#pragma once

#include "plugins/common/handles.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace lm::http {

/// The address without its port; of an IPv6 address the network (/64), which is what one host has to itself.
/// Empty for what has no address.
std::string clientOf(GSocketAddress* address);

/// Tells the client behind trusted proxies, which say for whom they speak in `X-Forwarded-For`.
class Proxies {
public:
    /// Addresses and networks (`10.0.0.0/8`) of proxies, already validated.
    explicit Proxies(const std::vector<std::string>& masks);

    bool trusts(GSocketAddress* address) const;
    /// The peer itself unless it is trusted; else the last address in `forwardedFor` that is not a trusted
    /// proxy: what stands before it anybody could have written.
    std::string clientOf(GSocketAddress* peer, std::string_view forwardedFor) const;

private:
    bool trusts(GInetAddress* address) const;

    std::vector<Ref<GInetAddressMask>> masks_;
};

} // namespace lm::http
