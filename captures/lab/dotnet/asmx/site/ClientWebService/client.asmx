<%@ WebService Language="C#" Class="WindowsUpdateLab.ClientWebService" %>
