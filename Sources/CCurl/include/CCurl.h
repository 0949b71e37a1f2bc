#pragma once
#include <curl/curl.h>

// libcurl's options and infos are set and read through variadic C functions, which Swift cannot call
// and which check no type. Each function here is the same call with one type of argument
// (curl_easy_setopt(3), curl_easy_getinfo(3), curl_multi_setopt(3)).

CURLcode jobd_curl_set_long(CURL *_Nonnull handle, CURLoption option, long value);
CURLcode jobd_curl_set_offset(CURL *_Nonnull handle, CURLoption option, curl_off_t value);
CURLcode jobd_curl_set_text(CURL *_Nonnull handle, CURLoption option, const char *_Nullable value);
CURLcode jobd_curl_set_pointer(CURL *_Nonnull handle, CURLoption option, void *_Nullable value);

/// Sets a request body of `length` bytes, which libcurl copies.
CURLcode jobd_curl_set_body(CURL *_Nonnull handle, const void *_Nullable bytes, size_t length);

typedef size_t (*jobd_curl_sink)(char *_Nullable bytes, size_t size, size_t count, void *_Nullable context);

/// The functions that take the answer's header lines and body, both with the same context. A sink that
/// returns less than `size * count` ends the transfer with CURLE_WRITE_ERROR.
CURLcode jobd_curl_set_sinks(CURL *_Nonnull handle, jobd_curl_sink _Nonnull header, jobd_curl_sink _Nonnull body,
                             void *_Nullable context);

/// HTTP and HTTPS alone, and never a redirect.
CURLcode jobd_curl_restrict_protocols(CURL *_Nonnull handle);

/// Connections are not inherited by programs that are started meanwhile.
CURLcode jobd_curl_set_close_on_exec(CURL *_Nonnull handle);

/// Zero where libcurl does not know.
long jobd_curl_get_long(CURL *_Nonnull handle, CURLINFO info);
curl_off_t jobd_curl_get_offset(CURL *_Nonnull handle, CURLINFO info);

CURLMcode jobd_curl_multi_set_long(CURLM *_Nonnull multi, CURLMoption option, long value);
