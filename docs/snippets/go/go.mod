module okx_request

go 1.19
