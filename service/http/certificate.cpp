#include "service/http/certificate.hpp"

#include <gnutls/gnutls.h>

namespace lm::http {
namespace {

Result<std::string> contents(const char* variable, const std::string& file) {
    char* data = nullptr;
    gsize size = 0;
    Owned<GError> error;
    if (!g_file_get_contents(file.c_str(), &data, &size, OutPtr(error)))
        return Error{std::string(variable) + ": " + error->message, file};
    const Owned<char> owner(data);
    return std::string(data, size);
}

gnutls_datum_t datum(std::string& text) {
    return {reinterpret_cast<unsigned char*>(text.data()), static_cast<unsigned>(text.size())};
}

/// GIO takes a key that belongs to another certificate, and then fails every handshake; GnuTLS says so now.
int checkPair(std::string& certificate, std::string& key) {
    gnutls_certificate_credentials_t credentials = nullptr;
    if (const int failed = gnutls_certificate_allocate_credentials(&credentials); failed < 0) return failed;
    const gnutls_datum_t chain = datum(certificate), secret = datum(key);
    const int result = gnutls_certificate_set_x509_key_mem(credentials, &chain, &secret, GNUTLS_X509_FMT_PEM);
    gnutls_certificate_free_credentials(credentials);
    return result;
}

} // namespace

void requireModernTls() {
    g_setenv("G_TLS_GNUTLS_PRIORITY", "NORMAL:%COMPAT:-VERS-TLS1.0:-VERS-TLS1.1:-VERS-DTLS-ALL", FALSE);
}

Result<std::unique_ptr<Certificate>> Certificate::load(std::string certificateFile, std::string keyFile) {
    std::unique_ptr<Certificate> certificate(new Certificate(std::move(certificateFile), std::move(keyFile)));
    if (auto error = certificate->reload()) return *error;
    return certificate;
}

std::optional<Error> Certificate::reload() {
    // Each file is read once: what was checked is what is used, even while the files are being replaced.
    auto certificate = contents("TLS_CERTIFICATE_FILE", certificateFile_);
    if (!certificate) return certificate.error();
    auto key = contents("TLS_KEY_FILE", keyFile_);
    if (!key) return key.error();
    const std::string pair = certificateFile_ + " and " + keyFile_;
    if (const int result = checkPair(*certificate, *key); result < 0)
        return Error{"TLS_CERTIFICATE_FILE and TLS_KEY_FILE: " + pair +
                         " are no PEM certificate chain with its unencrypted key (" +
                         gnutls_strerror(result) + ")",
                     certificateFile_};
    const std::string both = *certificate + '\n' + *key;
    Owned<GError> error;
    auto made = Ref<GTlsCertificate>::adopt(
        g_tls_certificate_new_from_pem(both.data(), static_cast<gssize>(both.size()), OutPtr(error)));
    if (!made) return Error{"TLS_CERTIFICATE_FILE: " + pair + ": " + error->message, certificateFile_};
    current_ = std::move(made);
    return std::nullopt;
}

std::string Certificate::expires() const {
    const Owned<GDateTime> end(g_tls_certificate_get_not_valid_after(current_.get()));
    const Owned<char> text(end ? g_date_time_format_iso8601(end.get()) : nullptr);
    return text ? text.get() : "";
}

} // namespace lm::http
