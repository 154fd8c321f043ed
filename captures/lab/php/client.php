<?php
// SPDX-License-Identifier: GPL-2.0-or-later
//
// Calls the stock service with SOAP 1.1, then with SOAP 1.2. Prints for every call what the answer must be, as
// "STATUS<TAB>FAULT".

function call(SoapClient $client, string $operation, array $arguments, ?string $fault): void
{
    echo $fault === null ? "200\t\n" : "500\t$fault\n";
    try {
        $client->__soapCall($operation, $arguments);
    } catch (SoapFault) {
        // What came back is looked at in the capture.
    }
}

foreach ([SOAP_1_1 => ['Client', 'Server'], SOAP_1_2 => ['Sender', 'Receiver']] as $version => [$ours, $theirs]) {
    $client = new SoapClient(null, [
        'location' => 'http://127.0.0.1:8080/stock',
        'uri' => 'http://example.org/stock',
        'soap_version' => $version,
    ]);
    call($client, 'GetPrice', ['ACME'], null);
    call($client, 'GetPrice', ['NONESUCH'], $ours);
    call($client, 'PlaceOrder', ['ACME', 100], $theirs);
}
