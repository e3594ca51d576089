module rehearse-client-go

go 1.21

require github.com/mypurecloud/platform-client-sdk-go/v188 v188.0.0
