<?php
// SPDX-License-Identifier: GPL-2.0-or-later
//
// A SOAP service that has nothing to do with Windows Update.

class Stock
{
    private const PRICES = ['ACME' => 12.5, 'EXAMPLE' => 101.25];

    public function GetPrice(string $symbol): float
    {
        if (!isset(self::PRICES[$symbol]))
            throw new SoapFault('Client', "No stock is called $symbol.", null, ['Symbol' => $symbol]);
        return self::PRICES[$symbol];
    }

    // The text is of the kind that a gateway to a COM component passes on.
    public function PlaceOrder(string $symbol, int $count): int
    {
        throw new SoapFault('Server', 'The order book cannot be opened. (Exception from HRESULT: 0x80070005 (E_ACCESSDENIED))');
    }
}

$server = new SoapServer(null, ['uri' => 'http://example.org/stock']);
$server->setClass('Stock');
$server->handle();
