<%@ WebService Language="C#" Class="WindowsUpdateLab.ServerSyncWebService" %>
